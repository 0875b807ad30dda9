import { chosenCategories } from '@fineprint/consent';
import { type Destination, destinationRecords, EVERYTHING, type Selection } from '@fineprint/destinations';
import {
  type ConfigOf,
  type ConfigProblem,
  list,
  oneOf,
  optional,
  type Secret,
  secret,
  url,
  withDefault,
} from '@fineprint/service-config';
import type { DestinationName } from '@fineprint/topology';

/** What each destination is switched on by: without it there is no forwarder for it. */
const KEYS = {
  mixpanel: 'MIXPANEL_TOKEN',
  amplitude: 'AMPLITUDE_API_KEY',
  segment: 'SEGMENT_WRITE_KEY',
  webhooks: 'WEBHOOK_SECRET',
} as const satisfies Record<DestinationName, string>;

const PREFIXES = {
  mixpanel: 'MIXPANEL',
  amplitude: 'AMPLITUDE',
  segment: 'SEGMENT',
  webhooks: 'WEBHOOK',
} as const satisfies Record<DestinationName, string>;

const http = url(['http:', 'https:']);
const names = (of: string) => optional(list(`${of}, comma-separated; all where it is not set`));
const consentCategory = optional(oneOf(chosenCategories));
const unknownConsent = withDefault(oneOf(['send', 'drop']), 'send');

/** The settings of all destinations: of each its key, address, and what of the events it gets. */
export const destinationFields = {
  MIXPANEL_TOKEN: optional(secret("the project's token")),
  MIXPANEL_BASE_URL: withDefault(http, destinationRecords.mixpanel.baseUrl),
  MIXPANEL_EVENTS: names('event names'),
  MIXPANEL_PROPERTIES: names('names of properties and traits'),
  MIXPANEL_CONSENT_CATEGORY: consentCategory,
  MIXPANEL_WITHOUT_CONSENT: unknownConsent,
  AMPLITUDE_API_KEY: optional(secret("the project's API key")),
  AMPLITUDE_BASE_URL: withDefault(http, destinationRecords.amplitude.baseUrl),
  AMPLITUDE_EVENTS: names('event names'),
  AMPLITUDE_PROPERTIES: names('names of properties and traits'),
  AMPLITUDE_CONSENT_CATEGORY: consentCategory,
  AMPLITUDE_WITHOUT_CONSENT: unknownConsent,
  SEGMENT_WRITE_KEY: optional(secret("the source's write key")),
  SEGMENT_BASE_URL: withDefault(http, destinationRecords.segment.baseUrl),
  SEGMENT_EVENTS: names('event names'),
  SEGMENT_PROPERTIES: names('names of properties and traits'),
  SEGMENT_CONSENT_CATEGORY: consentCategory,
  SEGMENT_WITHOUT_CONSENT: unknownConsent,
  WEBHOOK_SECRET: optional(secret('what requests are signed with: whsec_ and base64, or any text')),
  WEBHOOK_BASE_URL: optional(http),
  WEBHOOK_EVENTS: names('event names'),
  WEBHOOK_PROPERTIES: names('names of properties and traits'),
  WEBHOOK_CONSENT_CATEGORY: consentCategory,
  WEBHOOK_WITHOUT_CONSENT: unknownConsent,
};

export type DestinationConfig = ConfigOf<typeof destinationFields>;

/** A destination with where it is, the key to it, and what it gets. */
export interface Target {
  readonly destination: Destination;
  readonly baseUrl: string;
  readonly key: Secret;
  readonly selection: Selection;
}

/** Null where the settings name no key: the destination is not used. */
export function targetOf(config: DestinationConfig, name: DestinationName): Target | null {
  const key = config[KEYS[name]];
  const baseUrl = config[`${PREFIXES[name]}_BASE_URL`];
  if (key === undefined || baseUrl === undefined) return null;
  return { destination: destinationRecords[name], baseUrl, key, selection: selectionOf(config, name) };
}

/** What a destination gets, whether it is used or not. */
export function selectionOf(config: DestinationConfig, name: DestinationName): Selection {
  const prefix = PREFIXES[name];
  const set = (given: readonly string[] | undefined) => (given === undefined ? null : new Set(given));
  return {
    ...EVERYTHING,
    events: set(config[`${prefix}_EVENTS`]),
    properties: set(config[`${prefix}_PROPERTIES`]),
    consentCategory: config[`${prefix}_CONSENT_CATEGORY`] ?? null,
    withoutConsent: config[`${prefix}_WITHOUT_CONSENT`],
  };
}

/** The settings that switch a destination on. */
export function neededFor(name: DestinationName): readonly (keyof typeof destinationFields)[] {
  return name === 'webhooks' ? [KEYS[name], 'WEBHOOK_BASE_URL'] : [KEYS[name]];
}

/** Whether an environment switches a destination on. */
export const isConfigured = (
  name: DestinationName,
  env: Readonly<Record<string, string | undefined>>,
): boolean => neededFor(name).every((variable) => (env[variable] ?? '').trim() !== '');

/** An environment's settings of one destination, and no other's keys. */
export function settingsFor(
  name: DestinationName,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const own = Object.keys(destinationFields).filter((variable) => variable.startsWith(`${PREFIXES[name]}_`));
  return Object.fromEntries(own.flatMap((variable) => (env[variable] ? [[variable, env[variable]]] : [])));
}

/** Rule: a forwarder needs what switches its destination on. */
export function destinationRule(
  config: DestinationConfig & { readonly DESTINATION: DestinationName },
): ConfigProblem[] {
  return neededFor(config.DESTINATION)
    .filter((variable) => config[variable] === undefined)
    .map((variable) => ({
      variable,
      problem: 'is not set',
      expected: `${destinationFields[variable].description ?? 'a value'}, because DESTINATION is ${config.DESTINATION}`,
    }));
}
