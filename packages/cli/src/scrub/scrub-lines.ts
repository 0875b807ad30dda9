import { isUtf8 } from 'node:buffer';
import { PiiError, type PiiType, type Scrubber } from '@fineprint/pii';
import type { Line } from '../lines/split-lines.ts';

/** Why a line was replaced by an error. Stable. */
export type ScrubErrorCode =
  | 'PII_LINE_NOT_JSON'
  | 'PII_LINE_TOO_LONG'
  | 'PII_LINE_NOT_UTF8'
  | 'PII_VALUE_TOO_LARGE';

export interface ScrubCounts {
  lines: number;
  changed: number;
  /** Lines replaced by an error. */
  failed: number;
  /** How often each type was found. Types only: a path may hold a name that is itself personal. */
  readonly found: Map<PiiType, number>;
}

export const createCounts = (): ScrubCounts => ({ lines: 0, changed: 0, failed: 0, found: new Map() });

/** One line in, one line out, always. What cannot be scrubbed is replaced by an error that holds nothing of it. */
export function createLineScrubber(scrubber: Scrubber, counts: ScrubCounts): (line: Line) => string {
  const failed = (code: ScrubErrorCode, message: string): string => {
    counts.failed += 1;
    return JSON.stringify({ error: { code, line: counts.lines, message } });
  };
  return (line) => {
    counts.lines += 1;
    if (line === null) return failed('PII_LINE_TOO_LONG', 'The line is too long.');
    if (!isUtf8(line)) return failed('PII_LINE_NOT_UTF8', 'The line is not UTF-8.');
    try {
      const result = scrubber.scrubJsonLine(withoutMarks(line.toString('utf8')));
      if (result.changed) counts.changed += 1;
      for (const { type, count } of result.findings)
        counts.found.set(type, (counts.found.get(type) ?? 0) + count);
      return result.value;
    } catch (error) {
      if (error instanceof PiiError && error.code === 'PII_VALUE_TOO_LARGE')
        return failed(error.code, error.message);
      if (error instanceof PiiError) return failed('PII_LINE_NOT_JSON', 'The line is not JSON.');
      throw error;
    }
  };
}

/** A byte-order mark and a CR are no part of the JSON. */
function withoutMarks(text: string): string {
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const end = text.endsWith('\r') ? text.length - 1 : text.length;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}
