import { readFileSync } from 'node:fs';
import { createScrubber, defaultPolicy, type PiiPolicy, parsePolicy } from '@fineprint/pii';
import {
  about,
  boolean,
  type ConfigOf,
  type ConfigProblem,
  defineSettings,
  type Environment,
  eventTimeFields,
  integer,
  kafkaRule,
  optional,
  portField,
  postgresFields,
  privacyFields,
  pseudonymFields,
  readConfig,
  redisFields,
  text,
  transportFields,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit/stream-config';
import type { TimeBounds } from './bound-time.ts';
import { type RememberingScrubber, rememberIds } from './remember-ids.ts';

/** What decides over an event's content. */
const coreFields = {
  NODE_ENV: transportFields.NODE_ENV,
  ENABLE_PII_DETECTION: privacyFields.ENABLE_PII_DETECTION,
  PII_DETECTION_OFF_CONFIRMED: about(
    'Says a second time that ENABLE_PII_DETECTION=false is meant.',
    withDefault(boolean(), false),
  ),
  ENABLE_DATA_ANONYMIZATION: privacyFields.ENABLE_DATA_ANONYMIZATION,
  PII_POLICY_FILE: about(
    'What counts as personal data and what becomes of it, where the built-in policy is not wanted.',
    optional(text('a JSON file with a scrubbing policy')),
  ),
  ...pseudonymFields,
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
  CONSENT_CACHE_SUBJECTS: about(
    'Of how many users, and of how many devices, consents are at hand; with more people Postgres is asked for the others.',
    withDefault(integer({ min: 1_000, max: 10_000_000, unit: 'subjects' }), 200_000),
  ),
  PSEUDONYM_CACHE_ENTRIES: about(
    'How many pseudonyms are at hand, of about 200 bytes each; with more people Postgres is asked for the others.',
    withDefault(integer({ min: 1_000, max: 50_000_000, unit: 'pseudonyms' }), 200_000),
  ),
  DEDUP_WINDOW_HOURS: about(
    'How long an event id is remembered: a repeat within it counts once.',
    withDefault(integer({ min: 1, max: 8_760, unit: 'hours' }), 168),
  ),
};

export type ScrubberConfig = ConfigOf<typeof shape>;

export type ScrubberCoreConfig = ConfigOf<typeof coreFields>;

/** Rule: nobody stores personal data in production by one mistyped letter. */
function detectionRule(config: ConfigOf<typeof coreFields>): ConfigProblem[] {
  const isAsked = config.NODE_ENV === 'production' && !config.ENABLE_PII_DETECTION;
  if (!isAsked || config.PII_DETECTION_OFF_CONFIRMED) return [];
  const expected =
    'true; or, where personal data really is to be stored as it comes, PII_DETECTION_OFF_CONFIRMED=true beside it';
  return [{ variable: 'ENABLE_PII_DETECTION', problem: 'is false in production', expected }];
}

/** The same settings for whoever runs the scrubber's core without the service. Throws ConfigError. */
export const readScrubberCoreConfig = (env: Environment): ScrubberCoreConfig =>
  readConfig(coreFields, env, { service: 'pii-scrubber', rules: [detectionRule] });

/** The engine as these settings ask for it; null where detection is switched off. */
export function scrubberOf(
  config: Pick<ScrubberCoreConfig, 'ENABLE_PII_DETECTION' | 'PII_POLICY_FILE' | 'PII_PSEUDONYM_KEY'>,
): RememberingScrubber | null {
  if (!config.ENABLE_PII_DETECTION) return null;
  return rememberIds(createScrubber(policyOf(config), { pseudonymKey: config.PII_PSEUDONYM_KEY.reveal() }));
}

export const settings = defineSettings('pii-scrubber', shape, [kafkaRule, detectionRule]);

export const readScrubberConfig = (): ScrubberConfig => settings.load();

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
