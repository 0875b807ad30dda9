import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import { factsOf, withFacts } from './facts.ts';
import { Secret } from './secret.ts';

/** Any text. */
export function text(expected: string): z.ZodType<string> {
  return z.string().describe(expected);
}

/** The path of a file that is there and holds PEM. */
export function pemFile(expected: string): z.ZodType<string> {
  const problemOf = (file: string): string | null => {
    try {
      return readFileSync(file, 'utf8').includes('-----BEGIN ') ? null : 'names a file that is not PEM';
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      return `names a file that cannot be read (${code})`;
    }
  };
  return z
    .string()
    .superRefine((file, context) => {
      const message = problemOf(file);
      if (message !== null) context.addIssue({ code: 'custom', message });
    })
    .describe(expected);
}

/** A name that SQL takes without quotes. */
export function identifier(): z.ZodType<string> {
  return z
    .string()
    .refine((t) => /^[A-Za-z_][A-Za-z0-9_$]{0,254}$/.test(t), 'is no such name')
    .describe('a name of letters, digits and underscores');
}

/** A whole number within bounds. */
export function integer(bounds: { min: number; max: number; unit?: string }): z.ZodType<number> {
  const { min, max, unit } = bounds;
  return z
    .string()
    .refine((t) => /^-?\d{1,15}$/.test(t), 'is not a whole number')
    .transform(Number)
    .refine((n) => n >= min && n <= max, 'is out of bounds')
    .describe(`a whole number${unit === undefined ? '' : ` of ${unit}`} from ${min} to ${max}`);
}

/** A share of something. */
export function ratio(): z.ZodType<number> {
  return z
    .string()
    .refine((t) => /^(0|1|[01]?\.\d{1,9})$/.test(t), 'is no such number')
    .transform(Number)
    .refine((n) => n <= 1, 'is out of bounds')
    .describe('a number from 0 to 1');
}

export const milliseconds = (min: number, max: number) => integer({ min, max, unit: 'milliseconds' });

/** `type`, or `value` where the variable is not set. */
export function withDefault<T>(type: z.ZodType<T>, value: NoInfer<T>): z.ZodType<T> {
  const given = type.optional().transform((read) => (read === undefined ? value : read));
  return withFacts(given, { ...factsOf(type), defaultText: show(value) });
}

/** `type`, or undefined where the variable is not set. */
export function optional<T>(type: z.ZodType<T>): z.ZodType<T | undefined> {
  return withFacts(type.optional(), { ...factsOf(type), isOptional: true });
}

function show(value: unknown): string {
  if (value === '' || (Array.isArray(value) && value.length === 0)) return 'none';
  return Array.isArray(value) ? value.join(',') : String(value);
}

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };

export function boolean(): z.ZodType<boolean> {
  return z
    .string()
    .refine((t) => BOOLEANS[t.toLowerCase()] !== undefined, 'is neither true nor false')
    .transform((t) => BOOLEANS[t.toLowerCase()] === true)
    .describe('true or false');
}

export function oneOf<const T extends string>(choices: readonly T[]): z.ZodType<T> {
  const expected = `one of ${choices.join(', ')}`;
  return z.enum(choices, { error: 'is not a known choice' }).describe(expected);
}

/** Comma-separated, blanks trimmed, at least one. */
export function list(expected: string): z.ZodType<readonly string[]> {
  return z
    .string()
    .transform((t) =>
      t
        .split(',')
        .map((x) => x.trim())
        .filter((x) => x !== ''),
    )
    .refine((items) => items.length > 0, 'is an empty list')
    .describe(expected);
}

/** Addresses, or networks in CIDR form. */
export function networks(): z.ZodType<readonly string[]> {
  const isNetwork = (text: string): boolean => {
    const [, address = '', prefix] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
    const family = isIP(address);
    return family !== 0 && Number(prefix ?? 0) <= (family === 4 ? 32 : 128);
  };
  const expected = 'addresses or networks, as in 10.0.0.0/8, comma-separated';
  return list(expected)
    .refine((items) => items.every(isNetwork), 'holds something that is no address')
    .describe(expected);
}

function isUrl(value: string, protocols: readonly string[]): boolean {
  const url = URL.parse(value);
  return url !== null && protocols.includes(url.protocol);
}

/** An absolute URL without credentials in it. */
export function url(protocols: readonly string[]): z.ZodType<string> {
  return z
    .string()
    .refine((t) => isUrl(t, protocols), 'is not such a URL')
    .transform((t) => t.replace(/\/+$/, ''))
    .describe(`a URL with ${protocols.map((p) => `${p}//`).join(' or ')}`);
}

export function secret(expected: string): z.ZodType<Secret> {
  const type = z.string().transform((t) => new Secret(t));
  return withFacts(type, { kind: expected, isSecret: true });
}

/** A URL that may hold a password. */
export function secretUrl(protocols: readonly string[]): z.ZodType<Secret> {
  const type = z
    .string()
    .refine((t) => isUrl(t, protocols), 'is not such a URL')
    .transform((t) => new Secret(t));
  return withFacts(type, {
    kind: `a URL with ${protocols.map((p) => `${p}//`).join(' or ')}`,
    isSecret: true,
  });
}
