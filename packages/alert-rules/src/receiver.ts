import { z } from 'zod';
import { type AlertFacts, factOf, matchersSchema, matches } from './matchers.ts';
import { line, type Parsed, parseWith, SEVERITIES, slug } from './rule.ts';

const address = z.email().max(254);

const target = {
  webhook: z.strictObject({ type: z.literal('webhook'), url: z.url({ protocol: /^https?$/ }).max(2_000) }),
  slack: z.strictObject({ type: z.literal('slack'), url: z.url({ protocol: /^https?$/ }).max(2_000) }),
  email: z.strictObject({ type: z.literal('email'), to: z.array(address).min(1).max(20) }),
};

/** Where alerts go, and which of them. */
export const receiverSchema = z.strictObject({
  name: slug,
  description: line(500).default(''),
  enabled: z.boolean().default(true),
  target: z.discriminatedUnion('type', [target.webhook, target.slack, target.email]),
  minimum_severity: z.enum(SEVERITIES).default('info'),
  match: matchersSchema.default([]).meta({ description: 'All of them must hold; none takes every alert.' }),
  group_by: z.array(z.string().min(1).max(40)).max(8).default(['kind']).meta({
    description: 'Alerts alike in these go out as one message: kind, source, severity, or a label.',
  }),
  group_wait_seconds: z
    .int()
    .min(0)
    .max(3_600)
    .default(10)
    .meta({ description: 'How long the first waits for others.' }),
});

export type Receiver = z.output<typeof receiverSchema>;
export type ReceiverInput = z.input<typeof receiverSchema>;
export const parseReceiver = (input: unknown): Parsed<Receiver> => parseWith(receiverSchema, input);

/** Whether it wants to hear of it. */
export function wants(receiver: Receiver, alert: AlertFacts): boolean {
  if (!receiver.enabled) return false;
  const severities: readonly string[] = SEVERITIES;
  const rank = (severity: string) => severities.indexOf(severity);
  return rank(alert.severity) >= rank(receiver.minimum_severity) && matches(receiver.match, alert);
}

/** Alerts with one key go out together. */
export const groupKey = (receiver: Pick<Receiver, 'group_by'>, alert: AlertFacts): string =>
  JSON.stringify(receiver.group_by.map((name) => factOf(alert, name)));
