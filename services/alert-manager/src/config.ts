import {
  about,
  boolean,
  type ConfigOf,
  type ConfigRule,
  clickhouseFields,
  defineSettings,
  integer,
  kafkaRule,
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
import { streamFields } from '@fineprint/service-kit/stream-config';

export const alertFields = {
  ...streamFields,
  ...portField(3117),
  ...postgresFields,
  ...clickhouseFields,
  ALERTS_SIGNING_KEY: about(
    'Webhooks are signed with keys made from it, one for each receiver.',
    secret('at least 32 characters that nobody can guess'),
  ),
  SMTP_URL: about('The mail server; without it no mails are sent.', optional(secretUrl(['smtp:', 'smtps:']))),
  SMTP_CA_FILE: about(
    "Who signs the mail server's certificate, where the system does not know them.",
    optional(pemFile("a PEM file with the mail server's certificate authority")),
  ),
  ALERTS_FROM: about(
    'The sender of mails.',
    optional(text('the sender of mails, such as Alerts <alerts@example.com>')),
  ),
  ALERTS_INTERVAL_MS: about(
    "How often rules are evaluated. A rule's minutes are whole slots.",
    withDefault(milliseconds(1_000, 3_600_000), 60_000),
  ),
  ALERTS_SETTLE_MS: about(
    'A slot is evaluated so long after it began: what happened before it is in ClickHouse by then.',
    withDefault(milliseconds(0, 3_600_000), 15_000),
  ),
  ALERTS_LEASE_MS: about(
    'Who holds a slot and says nothing for so long has lost it.',
    withDefault(milliseconds(1_000, 600_000), 60_000),
  ),
  ALERTS_SEND_TIMEOUT_MS: about(
    'How long a receiver may take to answer.',
    withDefault(milliseconds(100, 60_000), 10_000),
  ),
  ALERTS_GIVE_UP_HOURS: about(
    'After so long a message that nobody takes is given up.',
    withDefault(integer({ min: 1, max: 720, unit: 'hours' }), 72),
  ),
  ALERTS_ALLOW_PRIVATE_TARGETS: about(
    'Send webhooks to private addresses too: only where whoever may define receivers may also reach everything that this service reaches.',
    withDefault(boolean(), false),
  ),
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

export const settings = defineSettings(SERVICE, alertFields, alertRules);

export const loadAlertConfig = (): AlertConfig => settings.load();
