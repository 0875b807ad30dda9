import {
  boolean,
  type ConfigOf,
  type ConfigRule,
  clickhouseFields,
  integer,
  kafkaRule,
  loadConfig,
  milliseconds,
  optional,
  pemFile,
  portField,
  postgresFields,
  secret,
  secretUrl,
  text,
  withDefault,
} from '@fineprint/service-config';
import { streamFields } from '@fineprint/service-kit';

export const alertFields = {
  ...streamFields,
  ...portField(3117),
  ...postgresFields,
  ...clickhouseFields,
  // Webhooks are signed with keys made from it, one for each receiver.
  ALERTS_SIGNING_KEY: secret('at least 32 characters that nobody can guess'),
  SMTP_URL: optional(secretUrl(['smtp:', 'smtps:'])),
  SMTP_CA_FILE: optional(pemFile("a PEM file with the mail server's certificate authority")),
  ALERTS_FROM: optional(text('the sender of mails, such as Alerts <alerts@example.com>')),
  // A rule's minutes are whole slots; tests turn the clock faster.
  ALERTS_INTERVAL_MS: withDefault(milliseconds(1_000, 3_600_000), 60_000),
  // A slot is evaluated so long after it began: what happened before it is in ClickHouse by then.
  ALERTS_SETTLE_MS: withDefault(milliseconds(0, 3_600_000), 15_000),
  // Who holds a slot and says nothing for so long has lost it.
  ALERTS_LEASE_MS: withDefault(milliseconds(1_000, 600_000), 60_000),
  ALERTS_SEND_TIMEOUT_MS: withDefault(milliseconds(100, 60_000), 10_000),
  ALERTS_GIVE_UP_HOURS: withDefault(integer({ min: 1, max: 720, unit: 'hours' }), 72),
  // Only where whoever may define receivers may also reach everything that this service reaches.
  ALERTS_ALLOW_PRIVATE_TARGETS: withDefault(boolean(), false),
};

export type AlertConfig = ConfigOf<typeof alertFields>;

export const SERVICE = 'alert-manager';

const SHORTEST_KEY = 32;

const keyRule: ConfigRule<typeof alertFields> = ({ ALERTS_SIGNING_KEY: key }) =>
  key.reveal().length >= SHORTEST_KEY
    ? []
    : [
        {
          variable: 'ALERTS_SIGNING_KEY',
          problem: 'is too short',
          expected: 'at least 32 characters that nobody can guess',
        },
      ];

const mailRule: ConfigRule<typeof alertFields> = (config) =>
  config.SMTP_URL === undefined || config.ALERTS_FROM !== undefined
    ? []
    : [{ variable: 'ALERTS_FROM', problem: 'is not set', expected: 'a sender, because SMTP_URL is set' }];

export const alertRules = [kafkaRule, keyRule, mailRule];

export const loadAlertConfig = (): AlertConfig =>
  loadConfig(alertFields, { service: SERVICE, rules: alertRules });
