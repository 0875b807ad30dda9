import { categoryFor, destinationRecords } from '@fineprint/destinations';
import { readConfig } from '@fineprint/service-config';
import {
  type DestinationConfig,
  destinationFields,
  isConfigured,
  neededFor,
  selectionOf,
  targetOf,
} from '@fineprint/sink-forwarder/settings';
import { type DestinationName, destinations } from '@fineprint/topology';
import type { DestinationOptions } from '../commands/destinations.ts';
import { printJson, printText } from '../output.ts';
import { table } from '../table.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** `destinations list`: from the settings alone; whether a forwarder runs is told by `status`. */
export async function listDestinations({ json }: DestinationOptions): Promise<void> {
  const rows = describeDestinations(process.env);
  if (json) return printJson(rows);
  await printText(
    table(
      ['destination', '', 'address', 'events', 'properties', 'needs consent to', 'without it known'],
      rows.map((r) => [
        r.destination,
        r.is_on ? 'on' : `off: set ${r.missing.join(', ')}`,
        r.url ?? '',
        r.events?.join(', ') ?? 'all',
        r.properties?.join(', ') ?? 'all',
        r.consent_category,
        r.without_consent,
      ]),
    ),
  );
}

export function describeDestinations(env: Env) {
  const config: DestinationConfig = readConfig(destinationFields, env, { service: 'fineprint' });
  return destinations.map((name: DestinationName) => {
    const { limits, insertIdField, baseUrl } = destinationRecords[name];
    const selection = selectionOf(config, name);
    const { events, properties, withoutConsent } = selection;
    return {
      destination: name,
      is_on: isConfigured(name, env),
      missing: neededFor(name).filter((variable) => (env[variable] ?? '') === ''),
      url: targetOf(config, name)?.baseUrl ?? (baseUrl === '' ? null : baseUrl),
      repeats_by: insertIdField,
      events: events === null ? null : [...events],
      properties: properties === null ? null : [...properties],
      consent_category: categoryFor(destinationRecords[name], selection),
      without_consent: withoutConsent,
      limits,
    };
  });
}
