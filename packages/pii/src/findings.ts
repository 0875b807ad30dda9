import type { Finding, PiiType } from './types.ts';

/** Collects spans of one text; recognizers add, the scan resolves overlaps. */
export class FindingList {
  readonly items: Finding[] = [];

  add(type: PiiType, start: number, end: number, confidence: number): void {
    if (end > start) this.items.push({ type, start, end, confidence });
  }

  get size(): number {
    return this.items.length;
  }
}

/** Sorted, without overlaps: an overlapping group keeps its surest type, over the span of all of them. */
export function resolveOverlaps(items: readonly Finding[]): Finding[] {
  if (items.length < 2) return [...items];
  const sorted = [...items].sort((a, b) => a.start - b.start || b.end - a.end);
  const result: Finding[] = [];
  for (const item of sorted) {
    const last = result.at(-1);
    if (last === undefined || item.start >= last.end) result.push(item);
    else result[result.length - 1] = merge(last, item);
  }
  return result;
}

function merge(a: Finding, b: Finding): Finding {
  const aWins =
    a.confidence > b.confidence || (a.confidence === b.confidence && a.end - a.start >= b.end - b.start);
  const surest = aWins ? a : b;
  return {
    type: surest.type,
    start: Math.min(a.start, b.start),
    end: Math.max(a.end, b.end),
    confidence: surest.confidence,
  };
}
