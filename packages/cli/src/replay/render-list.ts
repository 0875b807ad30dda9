import type { ReplayRecord } from '@fineprint/replay';
import { count } from '../format.ts';
import { table } from '../table.ts';

/** One line a replay. */
export function renderList(replays: readonly ReplayRecord[]): string {
  if (replays.length === 0) return 'No replay yet.';
  return table(
    ['id', 'stage', 'state', 'since', 'until', 'records', 'changed', 'removed', 'made'],
    replays.map((r) => [
      r.id,
      r.stage,
      r.error === null ? r.state : `${r.state} (${r.error})`,
      minute(r.since),
      minute(r.until),
      count(r.ranges.reduce((sum, range) => sum + range.to - range.from, 0)),
      r.diff === null ? '' : count(r.diff.tables.reduce((sum, t) => sum + t.changed, 0)),
      r.diff === null ? '' : count(r.diff.tables.reduce((sum, t) => sum + t.removed, 0)),
      minute(r.createdAt),
    ]),
  );
}

const MINUTE_CHARACTERS = 16;
const minute = (iso: string) => iso.slice(0, MINUTE_CHARACTERS).replace('T', ' ');
