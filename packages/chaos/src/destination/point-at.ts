import type { ServiceDefinition } from '../fleet/fleet.ts';
import type { DestinationServer } from './destination-server.ts';

/** Less than outside, so that a lab sees within seconds that it gives up on an answer, and that it comes back. */
const PATIENCE = { FORWARDER_TIMEOUT_MS: '3000', FORWARDER_MAX_WAIT_MS: '2000' };

/** The services, of which the destination's forwarder sends to it. */
export function pointAt(
  { name, settings }: Pick<DestinationServer, 'name' | 'settings'>,
  services: readonly ServiceDefinition[],
): ServiceDefinition[] {
  const forwarder = `forwarder-${name}`;
  if (!services.some((service) => service.name === forwarder))
    throw new Error(`the settings of the run switch ${forwarder} on, and it is not among its services`);
  return services.map((service) =>
    service.name === forwarder
      ? {
          ...service,
          env: (stack, env) => ({ ...service.env(stack, { ...env, ...settings }), ...PATIENCE }),
        }
      : service,
  );
}
