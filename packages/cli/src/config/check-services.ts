import type { CheckedSettings } from '@fineprint/service-config';
import { type Environment, programOf, type ServiceDefinition, serviceSpec } from '../services.ts';
import { declarationOf } from './declarations.ts';
import { plannedStack } from './planned-stack.ts';

export type CheckMode = 'local' | 'deployed';

/** What there is to say of each service's settings. */
export function checkServices(
  services: readonly ServiceDefinition[],
  env: Environment,
  mode: CheckMode,
): CheckedSettings[] {
  const stack = plannedStack(env);
  return services.map((service) => {
    const declaration = declarationOf(programOf(service));
    const isForwarder = 'DESTINATION' in declaration.shape;
    const given =
      mode === 'local'
        ? { ...env, ...serviceSpec(service, stack, env).env }
        : { ...env, ...(isForwarder ? { DESTINATION: service.env(stack, env)['DESTINATION'] } : {}) };
    return { ...declaration.check(given), service: service.name };
  });
}

/** Every problem once, with the services that have it. */
export function problemsOf(checked: readonly CheckedSettings[]) {
  const byText = new Map<string, { variable: string; text: string; services: string[] }>();
  for (const { service, problems } of checked) {
    for (const { variable, problem, expected } of problems) {
      const text = `${variable}: ${problem}; expected ${expected}`;
      const entry = byText.get(text) ?? { variable, text, services: [] };
      entry.services.push(service);
      byText.set(text, entry);
    }
  }
  return [...byText.values()].sort((a, b) => a.variable.localeCompare(b.variable));
}

/** A mistyped name that any service would notice, unless another one reads it. */
export function unknownOf(checked: readonly CheckedSettings[], known: ReadonlySet<string>) {
  const found = checked.flatMap((c) => c.unknown).filter(({ variable }) => !known.has(variable));
  return [...new Map(found.map((u) => [u.variable, u])).values()];
}
