import { type ChosenCategory, categoryOf } from './category.ts';

/** What one subject said at one moment. */
export interface ConsentRecord {
  readonly eventId: string;
  readonly userId: string | null;
  readonly anonymousId: string | null;
  /** From when on it counts. */
  readonly eventTimeMs: number;
  /** When it reached Kafka: what was received before has been judged without it, and stays so. */
  readonly receivedMs: number;
  readonly choices: Choices;
  /** As the record names it. */
  readonly jurisdiction: string | null;
  /** From when on a yes has to be asked for again. A no does not end by itself. */
  readonly expiresAtMs: number | null;
}

export type Choices = Readonly<Partial<Record<ChosenCategory, boolean>>>;

/** What a record's categories decide. Where two names mean the same, a no counts. */
export function choicesOf(categories: Readonly<Record<string, boolean>>): Choices {
  const choices: Partial<Record<ChosenCategory, boolean>> = {};
  for (const [name, isGranted] of Object.entries(categories)) {
    const category = categoryOf(name);
    if (category !== null) choices[category] = isGranted && choices[category] !== false;
  }
  return choices;
}
