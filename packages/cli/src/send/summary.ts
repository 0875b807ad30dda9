import pc from '../colors.ts';
import { count, duration } from '../format.ts';
import { table } from '../table.ts';
import type { EventFile } from './read-events.ts';
import type { BadLine } from './send-item.ts';
import { lostOf, type Tally } from './tally.ts';

/** What `send` prints, and gives out with --json. */
export interface SendSummary {
  readonly file: string;
  /** The mapping's name; null for a file of events. */
  readonly mapping: string | null;
  /** Where they went; null for a dry run. */
  readonly url: string | null;
  readonly read: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Neither accepted nor rejected: the gateway could not be reached to the end. */
  readonly lost: number;
  readonly retries: number;
  readonly elapsedMs: number;
  readonly eventsPerS: number;
  readonly rejectedByCode: Readonly<Record<string, number>>;
  readonly retriedByCode: Readonly<Record<string, number>>;
  readonly firstBadLines: readonly BadLine[];
  /** Of a dry run: the first events. */
  readonly sample?: readonly unknown[];
}

export function summaryOf(of: {
  readonly file: string;
  readonly events: Pick<EventFile, 'mapping'>;
  readonly tally: Tally;
  readonly elapsedMs: number;
  readonly url: string | undefined;
}): SendSummary {
  const { tally, elapsedMs } = of;
  return {
    file: of.file,
    mapping: of.events.mapping?.name ?? null,
    url: of.url ?? null,
    read: tally.read,
    accepted: tally.accepted,
    rejected: tally.rejected,
    lost: lostOf(tally),
    retries: tally.retries,
    elapsedMs,
    eventsPerS: elapsedMs > 0 ? Math.round((tally.accepted / elapsedMs) * 1_000) : 0,
    rejectedByCode: Object.fromEntries(tally.rejectedByCode),
    retriedByCode: Object.fromEntries(tally.retriedByCode),
    firstBadLines: [...tally.badLines].sort((a, b) => a.line - b.line),
  };
}

export function renderSummary(summary: SendSummary): string {
  const { accepted, rejected, lost, retries, elapsedMs, eventsPerS, url } = summary;
  const ok = rejected + lost === 0;
  const verb = url === null ? 'would be sent' : 'accepted';
  const counts = [
    `${count(accepted)} ${verb}`,
    ...(rejected > 0 ? [pc.red(`${count(rejected)} rejected`)] : []),
    ...(lost > 0 ? [pc.red(`${count(lost)} not answered for`)] : []),
    ...(retries > 0 ? [pc.yellow(`${count(retries)} requests repeated`)] : []),
  ];
  const speed = url === null ? '' : ` (${duration(elapsedMs)}, ${count(eventsPerS)}/s)`;
  const by = summary.mapping === null ? '' : ` by mapping ${summary.mapping}`;
  const lines = [
    `${ok ? pc.green('✓') : pc.red('✗')} ${count(summary.read)} events read${by}: ${counts.join(', ')}${speed}`,
  ];
  if (summary.firstBadLines.length > 0) lines.push('', badLines(summary));
  for (const event of summary.sample ?? []) lines.push(JSON.stringify(event));
  return `${lines.join('\n').trimEnd()}\n`;
}

function badLines(summary: SendSummary): string {
  const codes = Object.entries(summary.rejectedByCode).sort(([, a], [, b]) => b - a);
  const byCode = table(
    ['rejected', 'code'],
    codes.map(([code, n]) => [count(n), code]),
  );
  const first = table(
    ['line', 'code', 'where', 'why'],
    summary.firstBadLines.map((bad) => [String(bad.line), bad.code, bad.path ?? '', bad.message]),
  );
  return `${byCode}\nThe first ones:\n${first}`;
}
