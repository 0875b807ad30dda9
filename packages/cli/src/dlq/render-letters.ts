import { count } from '../format.ts';
import { table } from '../table.ts';
import type { Case } from './cases.ts';

const MAX_TEXT_CHARS = 60;
const NOTHING = '–';

/** What producers chose, on a terminal: no control characters, and not longer than a column. */
export function plain(text: string | null, maxChars = MAX_TEXT_CHARS): string {
  if (text === null || text === '') return NOTHING;
  const safe = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '·');
  return safe.length <= maxChars ? safe : `${safe.slice(0, maxChars - 1)}…`;
}

const HEAD = ['time', 'stage', 'code', 'path', 'event id', 'event', 'from', 'state', 'dead letter id'];

export function renderCases(cases: readonly Case[]): string {
  return table(
    HEAD,
    cases.map(({ letter, state }) => [
      new Date(letter.failedAtMs).toISOString(),
      letter.stage,
      letter.code,
      plain(letter.path),
      plain(letter.eventId),
      plain(letter.eventName),
      fromOf(letter),
      state,
      letter.id,
    ]),
  );
}

/** Topic, partition and offset of the refused record; of the gateway's, which came over HTTP, who sent it. */
function fromOf({ sourceTopic, sourcePartition, sourceOffset, source }: Case['letter']): string {
  return sourceTopic === null
    ? `http ${plain(source)}`
    : `${plain(sourceTopic)}/${sourcePartition}/${sourceOffset}`;
}

export interface CaseCount {
  readonly stage: string;
  readonly code: string;
  readonly event: string | null;
  readonly state: string;
  readonly letters: number;
  readonly oldest: string;
  readonly newest: string;
}

/** How many of each kind, the most first. */
export function countCases(cases: readonly Case[]): CaseCount[] {
  const counts = new Map<string, CaseCount>();
  for (const { letter, state } of cases) {
    const { stage, code, eventName: event } = letter;
    const key = JSON.stringify([stage, code, event, state]);
    const time = new Date(letter.failedAtMs).toISOString();
    const before = counts.get(key);
    counts.set(key, {
      stage,
      code,
      event,
      state,
      letters: (before?.letters ?? 0) + 1,
      oldest: before !== undefined && before.oldest < time ? before.oldest : time,
      newest: before !== undefined && before.newest > time ? before.newest : time,
    });
  }
  return [...counts.values()].sort((a, b) => b.letters - a.letters);
}

export function renderCounts(counts: readonly CaseCount[]): string {
  return table(
    ['stage', 'code', 'event', 'state', 'letters', 'oldest', 'newest'],
    counts.map((c) => [c.stage, c.code, plain(c.event), c.state, count(c.letters), c.oldest, c.newest]),
  );
}

/** A case for programs: everything but values. */
export function caseJson({ letter, state, refusals, replayedAt, rootId }: Case) {
  return {
    dead_letter_id: letter.id,
    first_dead_letter_id: rootId,
    state,
    refusals_after_replay: refusals,
    replayed_at: replayedAt?.toISOString() ?? null,
    failed_at: new Date(letter.failedAtMs).toISOString(),
    stage: letter.stage,
    code: letter.code,
    message: letter.message,
    path: letter.path,
    event_id: letter.eventId,
    event_name: letter.eventName,
    source: letter.source,
    source_topic: letter.sourceTopic,
    source_partition: letter.sourcePartition,
    source_offset: letter.sourceOffset,
    source_time: letter.sourceTimeMs === null ? null : new Date(letter.sourceTimeMs).toISOString(),
    schema_id: letter.schemaId,
    size_bytes: letter.sizeBytes,
    header_names: letter.headerNames,
    letter_topic: letter.at.topic,
    letter_partition: letter.at.partition,
    letter_offset: letter.at.offset,
  };
}
