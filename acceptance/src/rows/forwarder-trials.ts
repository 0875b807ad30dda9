import { randomUUID } from 'node:crypto';
import {
  type ContractServer,
  createAmplitude,
  createMixpanel,
  createSegment,
  createWebhookReceiver,
  serve,
  type Vendor,
} from '@fineprint/contract-servers';
import { type DestinationName, destinations, forwarderOf, nodes } from '@fineprint/topology';
import { type MissionContext, RowSkipped } from '../mission/row.ts';
import type { ServiceProcess } from '../service-process.ts';

/** A destination of ours for a while: its contract server, and a forwarder that is pointed at it. */
export interface Trial {
  readonly name: DestinationName;
  readonly vendor: Vendor;
  readonly server: ContractServer;
}

interface Contract {
  readonly vendor: Vendor;
  readonly settings: (url: string) => Record<string, string>;
}

const KEY = `trial-${randomUUID()}`;
const nowMs = () => Date.now();

const contracts: Readonly<Record<DestinationName, () => Contract>> = {
  mixpanel: () => ({
    vendor: createMixpanel({ token: KEY, nowMs }),
    settings: (url) => ({ MIXPANEL_TOKEN: KEY, MIXPANEL_BASE_URL: url }),
  }),
  amplitude: () => ({
    vendor: createAmplitude({ apiKey: KEY, nowMs }),
    settings: (url) => ({ AMPLITUDE_API_KEY: KEY, AMPLITUDE_BASE_URL: url }),
  }),
  segment: () => ({
    vendor: createSegment({ writeKey: KEY }),
    settings: (url) => ({ SEGMENT_WRITE_KEY: KEY, SEGMENT_BASE_URL: url }),
  }),
  webhooks: () => ({
    vendor: createWebhookReceiver({ secret: KEY, nowMs }),
    settings: (url) => ({ WEBHOOK_SECRET: KEY, WEBHOOK_BASE_URL: url }),
  }),
};

const INPUT = 'product.events.clean';

/** With every destination. */
export const withTrials = <T>(
  context: MissionContext,
  work: (trials: Readonly<Record<DestinationName, Trial>>) => Promise<T>,
): Promise<T> => withTrialsOf(context, destinations, work);

/**
 * Runs `work` with these destinations at contract servers of ours. Skips the row where a forwarder runs already: its events are
 * somebody's, and would go to us. What the groups had read is forgotten afterwards, so a forwarder that is switched on later
 * begins with all that Kafka has.
 */
export async function withTrialsOf<Name extends DestinationName, T>(
  context: MissionContext,
  names: readonly Name[],
  work: (trials: Readonly<Record<Name, Trial>>) => Promise<T>,
): Promise<T> {
  const groupOf = (name: DestinationName) => nodes[forwarderOf(name)].group;
  const prepare = (name: DestinationName) =>
    context.withKafka(async (admin) => {
      const { members } = await admin.groupState(groupOf(name));
      if (members.length > 0)
        throw new RowSkipped(
          `${forwarderOf(name)} runs: switch it off to try destinations against contract servers`,
        );
      await admin.skipToEnd(groupOf(name), INPUT);
    });
  await Promise.all(names.map(prepare));
  const services: ServiceProcess[] = [];
  const servers: ContractServer[] = [];
  const start = async (name: DestinationName): Promise<readonly [DestinationName, Trial]> => {
    const { vendor, settings } = contracts[name]();
    const server = await serve(vendor);
    servers.push(server);
    const own = { DESTINATION: name, FORWARDER_TIMEOUT_MS: '500', FORWARDER_MAX_WAIT_MS: '500' };
    services.push(await context.startService(forwarderOf(name), { ...own, ...settings(server.url) }));
    return [name, { name, vendor, server }];
  };
  try {
    const trials = Object.fromEntries(await Promise.all(names.map(start)));
    return await work(trials as Record<Name, Trial>);
  } finally {
    await Promise.all([...services, ...servers].map((one) => ('stop' in one ? one.stop() : one.close())));
    await context.withKafka(async (admin) => {
      for (const name of names) await admin.forgetGroup(groupOf(name));
    });
  }
}
