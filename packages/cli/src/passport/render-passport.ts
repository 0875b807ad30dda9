import type { Passport } from '@fineprint/query-api/passport';
import pc from '../colors.ts';

type Hop = Passport['hops'][number];
type Place = NonNullable<Hop['record']>;

const COLORS = {
  received: pc.cyan,
  passed: pc.green,
  scrubbed: pc.magenta,
  duplicate: pc.yellow,
  dropped: pc.yellow,
  dead_lettered: pc.red,
  stored: pc.green,
  counted: pc.green,
  applied: pc.green,
  delivered: pc.green,
} as const satisfies Record<Hop['outcome'], unknown>;

const STATUS = {
  stored: pc.green('stored'),
  on_its_way: pc.yellow('on its way'),
  dead_lettered: pc.red('in the dead letter'),
  dropped: pc.yellow('dropped'),
  missing: pc.red('missing'),
} as const satisfies Record<Passport['status'], string>;

/** As wide as the longest outcome, and the longest stage of those that always run. */
const OUTCOME_WIDTH = 13;
const STAGE_WIDTH = 16;

/** A timeline: a line per hop, what it led to, and who says so. */
export function renderPassport(passport: Passport, nowMs: number): string {
  const { event_id, status, hops, open, left_out } = passport;
  return [
    `${pc.bold(event_id)} is ${STATUS[status]}`,
    '',
    ...hops.flatMap((hop) => [hopLine(hop, nowMs), ...details(hop, nowMs).map((line) => `  │   ${line}`)]),
    ...open.map(
      ({ message, record }) =>
        `  ${pc.yellow('○')} ${message}${record === null ? '' : pc.dim(` (${placeText(record, nowMs)})`)}`,
    ),
    ...(left_out > 0 ? [pc.dim(`  and ${left_out} repeats that are not shown`)] : []),
    '',
  ].join('\n');
}

function hopLine(hop: Hop, nowMs: number): string {
  const { outcome, stage, record, result, row } = hop;
  const color = COLORS[outcome];
  const to =
    row === null
      ? result && placeText(result, nowMs)
      : `${row.store}: ${row.table} ${row.partition}@${row.offset}`;
  const way = [record && placeText(record, nowMs), to].filter((text) => text !== null).join(' → ');
  const name = outcome.replaceAll('_', ' ').padEnd(OUTCOME_WIDTH);
  return `  ${color('●')} ${timeText(hop)}  ${color(name)} ${stage.padEnd(STAGE_WIDTH)} ${way}`.trimEnd();
}

function details(
  { reason, paths, dead_letter_id, changes, first, window, delivery, ledger }: Hop,
  nowMs: number,
): string[] {
  const lines: string[] = [];
  if (reason !== null) lines.push(`${reason}${paths.length > 0 ? ` at ${paths.join(', ')}` : ''}`);
  if (dead_letter_id !== null) lines.push(`dead letter ${dead_letter_id}`);
  if (first !== null) lines.push(`the first one is ${placeText(first, nowMs)}`);
  if (window !== null) lines.push(`minute ${window.start} of ${window.model} ${window.version}`);
  if (delivery !== null) {
    const { destination, status, attempts } = delivery;
    lines.push(`${destination} answered ${status}${attempts > 1 ? ` to request ${attempts}` : ''}`);
  }
  lines.push(...changes.map(({ type, path }) => `took out ${type} at ${path}`));
  if (ledger !== null)
    lines.push(pc.dim(`${ledger.instance}, ledger [${ledger.first_offset}, ${ledger.next_offset})`));
  return lines;
}

/** `≤`: by then at the latest. */
function timeText({ at, at_is }: Hop): string {
  if (at === null) return ' '.repeat('≤ 2026-01-31T00:00:00.000Z'.length);
  return `${at_is === 'latest' ? '≤' : ' '} ${at}`;
}

function placeText({ topic, partition, offset, kept_until }: Place, nowMs: number): string {
  const where = `${topic}${partition === null ? '' : `/${partition}`}${offset === null ? '' : `@${offset}`}`;
  return kept_until !== null && Date.parse(kept_until) < nowMs ? `${where} (expired)` : where;
}
