import { type Receiver, type Rule, ruleFields, SEVERITIES } from '@fineprint/alert-rules';
import type { RuleProgress, StoredDefinition, StoredDelivery, StoredSilence } from '@fineprint/alert-store';
import { z } from 'zod';
import { isoOf } from '../params/time-range.ts';

const stored = {
  version: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  updated_by: z.string().meta({ description: 'The id of an API key, or `cli`.' }),
};

export const ruleAnswer = z
  .object({
    ...ruleFields.shape,
    ...stored,
    kind: z.string().meta({ description: 'Of its alerts.' }),
    progress: z
      .object({
        at: z.iso.datetime(),
        outcome: z.enum(['evaluated', 'unavailable', 'failed']),
        series: z.int(),
        bad: z.int(),
        error_code: z.string().nullable(),
      })
      .nullable()
      .meta({ description: 'How it did last; null before its first time.' }),
  })
  .meta({ id: 'AlertRule' });

export const receiverAnswer = z
  .object({
    name: z.string(),
    description: z.string(),
    enabled: z.boolean(),
    target: z
      .object({
        type: z.enum(['webhook', 'slack', 'email']),
        host: z.string().nullable(),
        recipients: z.int(),
      })
      .meta({
        description: 'Whole addresses hold secrets, or name people: they are written here and never read.',
      }),
    minimum_severity: z.enum(SEVERITIES),
    match: z.array(z.unknown()),
    group_by: z.array(z.string()),
    group_wait_seconds: z.int(),
    ...stored,
  })
  .meta({ id: 'AlertReceiver' });

export const silenceAnswer = z
  .object({
    id: z.uuid(),
    matchers: z.array(z.unknown()),
    from: z.iso.datetime(),
    until: z.iso.datetime(),
    comment: z.string(),
    created_at: z.iso.datetime(),
    created_by: z.string(),
  })
  .meta({ id: 'AlertSilence' });

export const deliveryAnswer = z
  .object({
    delivery_id: z.uuid(),
    receiver: z.string(),
    state: z.enum(['pending', 'delivered', 'given_up']),
    attempts: z.int(),
    created_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
    next_attempt_at: z.iso.datetime().nullable(),
    last_error: z.string().nullable(),
    alerts: z.array(z.object({ alert_id: z.uuid(), state: z.string(), title: z.string() })),
  })
  .meta({ id: 'AlertDelivery' });

const timesOf = <T>({ version, createdAtMs, updatedAtMs, updatedBy }: StoredDefinition<T>) => ({
  version,
  created_at: isoOf(createdAtMs),
  updated_at: isoOf(updatedAtMs),
  updated_by: updatedBy,
});

export const toRule = (rule: StoredDefinition<Rule>, kind: string, progress: RuleProgress | undefined) => ({
  ...rule.value,
  ...timesOf(rule),
  kind,
  progress:
    progress === undefined
      ? null
      : {
          at: isoOf(progress.slotMs),
          outcome: progress.outcome,
          series: progress.series,
          bad: progress.bad,
          error_code: progress.errorCode,
        },
});

export const toReceiver = (receiver: StoredDefinition<Receiver>) => {
  const { target, ...value } = receiver.value;
  const shown =
    target.type === 'email'
      ? { type: target.type, host: null, recipients: target.to.length }
      : { type: target.type, host: new URL(target.url).host, recipients: 1 };
  return { ...value, target: shown, ...timesOf(receiver) };
};

export const toSilence = (silence: StoredSilence) => ({
  id: silence.id,
  matchers: silence.matchers,
  from: isoOf(silence.fromMs),
  until: isoOf(silence.untilMs),
  comment: silence.comment,
  created_at: isoOf(silence.createdAtMs),
  created_by: silence.createdBy,
});

export const toDelivery = (delivery: StoredDelivery) => ({
  delivery_id: delivery.deliveryId,
  receiver: delivery.receiver,
  state: delivery.state,
  attempts: delivery.attempts,
  created_at: isoOf(delivery.createdAtMs),
  finished_at: delivery.finishedAtMs === null ? null : isoOf(delivery.finishedAtMs),
  next_attempt_at: delivery.state === 'pending' ? isoOf(delivery.nextAttemptAtMs) : null,
  last_error: delivery.lastError,
  alerts: delivery.alerts.map(({ alert_id, state, title }) => ({ alert_id, state, title })),
});
