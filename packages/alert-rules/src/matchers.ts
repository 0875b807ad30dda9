import { z } from 'zod';

/** What of an alert decides who hears of it. */
export interface AlertFacts {
  readonly kind: string;
  readonly source: string;
  readonly severity: string;
  readonly labels: Readonly<Record<string, string>>;
}

const text = z.string().max(200);

/** `is` one of several, or `not` any of them. No patterns: what a silence covers must be plain to see. */
export const matcherSchema = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(40)
      .meta({ description: 'kind, source, severity, or a label such as `rule` or `model`.' }),
    is: z.array(text).min(1).max(50).optional(),
    not: z.array(text).min(1).max(50).optional(),
  })
  .refine((m) => (m.is === undefined) !== (m.not === undefined), 'has one of is and not');

export const matchersSchema = z.array(matcherSchema).max(20);
export type Matchers = z.output<typeof matchersSchema>;

const FACTS: ReadonlySet<string> = new Set(['kind', 'source', 'severity']);

/** What an alert says under a name; empty where nothing. */
export function factOf(alert: AlertFacts, name: string): string {
  if (FACTS.has(name)) return alert[name as 'kind' | 'source' | 'severity'];
  return Object.hasOwn(alert.labels, name) ? (alert.labels[name] ?? '') : '';
}

/** All of them hold. */
export function matches(matchers: Matchers, alert: AlertFacts): boolean {
  return matchers.every(({ name, is, not }) => {
    const value = factOf(alert, name);
    return is === undefined ? not?.includes(value) !== true : is.includes(value);
  });
}
