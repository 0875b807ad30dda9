import { z } from 'zod';

/** Neither quotes nor backslashes, so that a name is the same literal in every dialect. */
const eventName = z
  .string()
  .regex(/^[\w .:/-]{1,100}$/, 'holds other characters than letters, digits, space and _ . : / -');
const names = (defaults: readonly string[]) =>
  z
    .array(eventName)
    .max(50)
    .default([...defaults]);

const conventionSchema = z.strictObject({
  started: names(['subscription', 'subscription_started']),
  changed: names(['subscription_changed']),
  cancelled: names(['subscription_cancelled']),
  payment: names(['payment', 'purchase']),
  refund: names(['refund']),
  signup: names(['signup', 'sign_up', 'Signed Up']),
  activation: names(['activated', 'Activated', 'Feature Used', 'engagement']),
  activationWindowDays: z.int().min(1).max(90).default(7),
  featureUse: names(['Feature Used']),
});

/**
 * Which events mean what. A name is the conversion_type of a conversion, else the event_name. One may stand in several
 * lists: a product that charges at once and sends no payments lists `subscription` under `payment` too.
 */
export type Convention = z.output<typeof conventionSchema>;

/** The convention as somebody wrote it; what is left out is as by default. Throws a ZodError that names each place. */
export const readConvention = (given: unknown): Convention => conventionSchema.parse(given);

export const DEFAULT_CONVENTION: Convention = readConvention({});

/** Names that change a subscription or bring money. */
export const moneyNames = (c: Convention): readonly string[] => [
  ...new Set([...c.started, ...c.changed, ...c.cancelled, ...c.payment, ...c.refund]),
];
