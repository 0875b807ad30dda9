import type { Finding, StageTotals } from '@fineprint/ledger';
import type { AuditResult } from '@fineprint/reconciler';
import { table } from '../table.ts';

const number = (n: number) => (n === 0 ? '' : n.toLocaleString('en-US'));

const reasons = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([reason, n]) => `${reason} ${number(n)}`)
    .join(', ');

const HEAD = [
  'stage',
  'topic',
  'records',
  'emitted',
  'applied',
  'stored',
  'dropped',
  'dead-lettered',
  'unconfirmed',
  'gap',
  'in flight',
  'expired',
];

/** One line per stage and topic with anything to tell. */
export function renderTotals(totals: readonly StageTotals[]): string {
  return table(
    HEAD,
    totals
      .filter((t) => t.taken + t.inFlight + t.gap > 0)
      .map((t) => [
        t.stage,
        t.topic,
        number(t.taken),
        number(t.emitted),
        number(t.applied),
        number(t.stored),
        reasons(t.dropped),
        reasons(t.deadLettered),
        number(t.unconfirmed),
        t.gap.toLocaleString('en-US'),
        number(t.inFlight),
        number(t.expired),
      ]),
  );
}

/** A finding, with every record that is known by name, and what to do. */
export function renderFinding(f: Finding): string {
  const where = `${f.topic}/${f.partition} offsets ${f.fromOffset} to ${Math.max(f.fromOffset, f.toOffset - 1)}`;
  const lines = [
    `${f.code}: ${f.stage}, ${f.table === null ? '' : `table ${f.table}, `}${where}: ${f.message}`,
    ...f.named.map((r) => {
      const times = r.times === 0 ? 'missing' : `${r.times} times`;
      return `  offset ${r.offset}${r.eventId === null ? '' : `  event ${r.eventId}`}  ${times}`;
    }),
    `  → ${f.hint}`,
  ];
  return lines.join('\n');
}

export function renderAudit(result: AuditResult, stage: string | undefined): string {
  const isShown = (name: string) => stage === undefined || name === stage;
  const findings = result.findings.filter((f) => isShown(f.stage));
  const gaps = result.findings.filter((f) => f.severity === 'gap').length;
  const verdict = result.isBalanced
    ? `The books balance: ${result.entries.toLocaleString('en-US')} ledger entries, compared in ${(result.tookMs / 1_000).toFixed(1)} s.`
    : `The books do not balance: ${gaps} ${gaps === 1 ? 'finding' : 'findings'}. See docs/audit.md.`;
  const rest = result.isSettled
    ? ''
    : '\nPart of it is still in flight (a loader is behind or away) and was left out: run it again later.';
  return `${[renderTotals(result.totals.filter((t) => isShown(t.stage))), ...findings.map(renderFinding)].join('\n')}\n${verdict}${rest}\n`;
}
