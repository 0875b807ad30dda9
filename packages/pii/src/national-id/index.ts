import { AMERICAS } from './americas.ts';
import { ASIA_PACIFIC } from './asia-pacific.ts';
import { EUROPE } from './europe.ts';
import type { NationalIdRule } from './rule.ts';

export const NATIONAL_ID_RULES: readonly NationalIdRule[] = [...AMERICAS, ...EUROPE, ...ASIA_PACIFIC];

const MIN_LENGTH = 8;
const MAX_LENGTH = 24;

/** Whether `written` alone, with no label, is some country's identifier. */
export function isNationalId(written: string): boolean {
  if (written.length < MIN_LENGTH || written.length > MAX_LENGTH) return false;
  const upper = written.toUpperCase();
  const compact = upper.replace(/[^0-9A-Z]/g, '');
  if (compact.length < MIN_LENGTH) return false;
  return NATIONAL_ID_RULES.some((rule) => rule.written.test(upper) && rule.valid(compact));
}
