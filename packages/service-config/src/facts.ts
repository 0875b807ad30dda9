import type { z } from 'zod';

/** What a setting's declaration says of it, beside how it is read. */
export interface SettingFacts {
  /** What is expected, in words. */
  readonly kind: string;
  /** Used where the variable is not set; undefined where there is none. */
  readonly defaultText?: string;
  readonly isOptional?: true;
  /** Its value is never shown, and `<VARIABLE>_FILE` may name a file that holds it. */
  readonly isSecret?: true;
  /** What it does. */
  readonly meaning?: string;
}

/** `type` with facts about it; what an error says is expected follows from them. */
export function withFacts<T extends z.ZodType>(type: T, facts: SettingFacts): T {
  const { kind, defaultText, isOptional } = facts;
  const suffix =
    defaultText === undefined ? (isOptional === true ? ', or nothing' : '') : ` (default: ${defaultText})`;
  return type.meta({ description: `${kind}${suffix}`, facts }) as T;
}

export function factsOf(type: z.ZodType): SettingFacts {
  const meta = type.meta();
  return (meta?.['facts'] as SettingFacts | undefined) ?? { kind: meta?.description ?? 'a value' };
}

/** Says what a setting does: in docs/settings.md, and to whoever asks. */
export function about<T extends z.ZodType>(meaning: string, type: T): T {
  return withFacts(type, { ...factsOf(type), meaning });
}
