import { matchesOf } from './matches.ts';
import { type Finding, PII_TYPES, type PiiType } from './types.ts';

/** What the engine itself writes: `[EMAIL]`, `[EMAIL_2]` for a second key of that name, `[EMAIL:32 hex digits]`. */
const PLACEHOLDER = new RegExp(`\\[(?:${PII_TYPES.join('|')})(?:_\\d{1,6})?(?::[0-9a-f]{32})?\\]`, 'y');
const PLACEHOLDERS = new RegExp(PLACEHOLDER.source, 'g');

/** What the mask action hides a value with. */
export const MASK = '********';

export function placeholderFor(type: PiiType): string {
  return `[${type}]`;
}

/** Length of the placeholder that starts at `index`, or 0. */
export function placeholderAt(text: string, index: number): number {
  if (text.charCodeAt(index) !== 91) return 0;
  PLACEHOLDER.lastIndex = index;
  return PLACEHOLDER.exec(text)?.[0].length ?? 0;
}

/** Whether something in the text was replaced before. */
export function hasPlaceholder(text: string): boolean {
  return text.includes(MASK) || (text.includes('[') && matchesOf(PLACEHOLDERS, text).length > 0);
}

/** Sorted findings minus those that touch something already replaced. One pass over both lists. */
export function outsidePlaceholders(text: string, findings: readonly Finding[]): Finding[] {
  const spans = matchesOf(PLACEHOLDERS, text).map(
    (match) => [match.index, match.index + match[0].length] as const,
  );
  if (spans.length === 0) return [...findings];
  let next = 0;
  return findings.filter((finding) => {
    while ((spans[next]?.[1] ?? Number.POSITIVE_INFINITY) <= finding.start) next++;
    return (spans[next]?.[0] ?? Number.POSITIVE_INFINITY) >= finding.end;
  });
}

/** Whether nothing but placeholders, separators and mask stars is left. */
export function isScrubbed(text: string): boolean {
  if (!text.includes('[')) return false;
  return !/[\p{L}\p{N}]/u.test(text.replace(PLACEHOLDERS, ''));
}
