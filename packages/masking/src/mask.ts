import { createHash } from 'node:crypto';
import type { Sensitivity } from './columns.ts';

/** What stands for words. */
export const HIDDEN = '[masked]';
export const STAND_IN = 'masked_';
/** Of the hash, in hex digits: among a billion people two share a stand-in with a chance of one in a hundred. */
export const DIGITS = 16;

/** Masks one value by what its column says of people. */
export type Mask = (sensitivity: Sensitivity, value: string) => string;

/**
 * As `masked-view.ts` has ClickHouse do it, so that a person has one stand-in everywhere. Without the key a stand-in can neither be
 * made nor undone.
 */
export function createMask(key: string): Mask {
  const standIn = (id: string): string =>
    id === ''
      ? id
      : `${STAND_IN}${createHash('sha256').update(`${key}\n${id}`).digest('hex').slice(0, DIGITS)}`;
  const masks: Readonly<Record<Sensitivity, (value: string) => string>> = {
    id: standIn,
    person: (person) => `${person.slice(0, 2)}${standIn(person.slice(2))}`,
    words: () => HIDDEN,
    json: () => HIDDEN,
  };
  return (sensitivity, value) => masks[sensitivity](value);
}
