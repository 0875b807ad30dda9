import { readFileSync } from 'node:fs';
import { createScrubber, defaultPolicy, type PiiPolicy, parsePolicy } from '@fineprint/pii';
import {
  type ConfigOf,
  type Environment,
  eventTimeFields,
  integer,
  kafkaRule,
  loadConfig,
  optional,
  portField,
  postgresFields,
  privacyFields,
  readConfig,
  redisFields,
  secret,
  text,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit';
import type { TimeBounds } from './bound-time.ts';
import { type RememberingScrubber, rememberIds } from './remember-ids.ts';

/** What decides over an event's content. */
const coreFields = {
  ENABLE_PII_DETECTION: privacyFields.ENABLE_PII_DETECTION,
  ENABLE_DATA_ANONYMIZATION: privacyFields.ENABLE_DATA_ANONYMIZATION,
  PII_POLICY_FILE: optional(text('a JSON file with a scrubbing policy')),
  PII_PSEUDONYM_KEY: secret('at least 16 characters, kept secret and stable'),
  ...eventTimeFields,
};

const shape = {
  ...streamFields,
  ...portField(3101),
  ...redisFields,
  ...postgresFields,
  GDPR_COMPLIANT: privacyFields.GDPR_COMPLIANT,
  CCPA_COMPLIANT: privacyFields.CCPA_COMPLIANT,
  ...coreFields,
  /** Of which the consents are at hand. */
  CONSENT_CACHE_SUBJECTS: withDefault(integer({ min: 1_000, max: 10_000_000, unit: 'subjects' }), 200_000),
  DEDUP_WINDOW_HOURS: withDefault(integer({ min: 1, max: 8_760, unit: 'hours' }), 168),
  // About 200 bytes each.
  PSEUDONYM_CACHE_ENTRIES: withDefault(integer({ min: 1, max: 50_000_000, unit: 'pseudonyms' }), 200_000),
};

export type ScrubberConfig = ConfigOf<typeof shape>;

export type ScrubberCoreConfig = ConfigOf<typeof coreFields>;

/** The same settings for whoever runs the scrubber's core without the service. Throws ConfigError. */
export const readScrubberCoreConfig = (env: Environment): ScrubberCoreConfig =>
  readConfig(coreFields, env, { service: 'pii-scrubber' });

/** The engine as these settings ask for it; null where detection is switched off. */
export function scrubberOf(
  config: Pick<ScrubberCoreConfig, 'ENABLE_PII_DETECTION' | 'PII_POLICY_FILE' | 'PII_PSEUDONYM_KEY'>,
): RememberingScrubber | null {
  if (!config.ENABLE_PII_DETECTION) return null;
  return rememberIds(createScrubber(policyOf(config), { pseudonymKey: config.PII_PSEUDONYM_KEY.reveal() }));
}

export const readScrubberConfig = (): ScrubberConfig =>
  loadConfig(shape, { service: 'pii-scrubber', rules: [kafkaRule] });

const MS_PER_HOUR = 3_600_000;

export const timeBoundsOf = (config: ConfigOf<typeof eventTimeFields>): TimeBounds => ({
  maxAgeMs: config.MAX_EVENT_AGE_DAYS * 24 * MS_PER_HOUR,
  maxFutureMs: config.MAX_EVENT_FUTURE_HOURS * MS_PER_HOUR,
});

/**
 * The policy in force. By default an id that turns out to be an e-mail address or the like becomes a keyed pseudonym
 * instead of a placeholder, so that a person's events still belong together.
 */
export function policyOf(config: Pick<ScrubberConfig, 'PII_POLICY_FILE'>): PiiPolicy {
  if (config.PII_POLICY_FILE !== undefined) {
    return parsePolicy(JSON.parse(readFileSync(config.PII_POLICY_FILE, 'utf8')));
  }
  const ids = ['user_id', 'anonymous_id', 'session_id'].map((path) => ({
    path,
    action: 'pseudonym' as const,
  }));
  return { ...defaultPolicy, fields: ids };
}
