import { storesOf } from './render-report.ts';
import type { ChaosReport, FaultReport } from './report.ts';

/** The results in docs/reliability.md, as the last run found them. */
export function renderResults(report: ChaosReport): string {
  const count = (n: number) => n.toLocaleString('en-US');
  const stored = Object.entries(report.stored).map(([table, n]) => `${table} ${count(n)}`);
  const rows: readonly (readonly [string, string])[] = [
    ['run', `${report.minutes} minutes, seed ${report.seed}: ${report.passed ? 'passed' : '**failed**'}`],
    [
      'sent / acknowledged',
      `${count(report.sent)} / ${count(report.acknowledged)}, and ${count(report.repeated)} repeats`,
    ],
    ['stored', stored.join(', ')],
    ['garbage / dead-lettered', `${count(report.garbage.sent)} / ${count(report.garbage.dead_lettered)}`],
    ['lost', count(report.lost)],
    ['duplicated', count(report.duplicated)],
    ['out of order', count(report.out_of_order)],
    ['unknown', count(report.unknown)],
    ['personal data found', count(report.pii_found)],
    ['aggregates that differ from a batch count', count(report.aggregates_wrong)],
    [`figures that differ between ${storesOf(report).join(', ')}`, count(report.stores_differ)],
    ...compared(report),
    [
      'ledger',
      `${count(report.ledger.entries)} entries, ${report.ledger.balanced ? 'balanced' : '**not balanced**'}`,
    ],
    ['checks of labs that failed', `${report.checks_failed} of ${report.checks.length}`],
    ['at rest after the last event', `${report.quiet.after_s} s`],
    ['most memory of a service', `${Math.max(0, ...Object.values(report.memory).map((m) => m.max_mib))} MiB`],
  ];
  return [
    `| | |\n| --- | --- |\n${rows.map(([name, value]) => `| ${name} | ${value} |`).join('\n')}`,
    '| lab | faults | longest standstill (s) | longest until resumed after the fault (s) |\n| --- | --- | --- | --- |\n' +
      labRows(report.faults).join('\n'),
  ].join('\n\n');
}

/** Where the stores agree, one line says what each of them has. */
function compared(report: ChaosReport): (readonly [string, string])[] {
  if (report.stores_differ > 0) return [];
  return report.compared.map(({ table, stores }) => {
    const figures = Object.entries(Object.values(stores)[0] ?? {});
    return [
      `\`${table}\` in each of them`,
      figures.map(([name, n]) => `${name} ${n.toLocaleString('en-US')}`).join(', '),
    ];
  });
}

function labRows(faults: readonly FaultReport[]): string[] {
  return [...new Set(faults.map((f) => f.lab))].map((lab) => {
    const own = faults.filter((f) => f.lab === lab);
    const worst = (of: (fault: FaultReport) => number | null) =>
      own.some((f) => of(f) === null) ? 'never' : Math.max(...own.map((f) => of(f) ?? 0));
    return `| \`${lab}\` | ${own.length} | ${worst((f) => f.longest_gap_s)} | ${worst((f) => f.resumed_after_s)} |`;
  });
}
