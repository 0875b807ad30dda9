import type { ChaosReport, FaultReport } from './report.ts';

const count = (n: number) => n.toLocaleString('en-US');

/** The run as text for people; the first line repeats the seed, since that is what a failure needs. */
export function renderReport(report: ChaosReport): string {
  const { garbage, quiet } = report;
  const errors = Object.entries(report.producer_errors).map(([what, n]) => `${what} ${count(n)}`);
  return [
    `seed ${report.seed}: ${report.passed ? 'passed' : 'FAILED'} (${report.minutes} minutes, labs: ${report.labs.join(', ') || 'none'})`,
    '',
    row('sent', report.sent),
    row('acknowledged', report.acknowledged),
    ...Object.entries(report.stored).map(([table, n]) => row(`stored in ${table}`, n)),
    row('sent again', report.repeated),
    row('dead-lettered', report.dead_lettered),
    row('garbage', garbage.sent, `${count(garbage.dead_lettered)} dead-lettered`),
    row('lost', report.lost),
    row('duplicated', report.duplicated),
    row('out of order', report.out_of_order),
    row('unknown', report.unknown),
    row('personal data found', report.pii_found),
    row('aggregates wrong', report.aggregates_wrong),
    row('figures that differ', report.stores_differ, `between ${storesOf(report).join(', ')}`),
    row('ledger entries', report.ledger.entries, books(report)),
    row('producers tried again', sum(Object.values(report.producer_errors)), errors.join(', ')),
    row('at rest after', quiet.after_s, quiet.reached ? 's' : `s: NOT at rest, ${JSON.stringify(quiet.lag)}`),
    '',
    ...faultLines(report.faults),
    '',
    'memory at most:',
    ...Object.entries(report.memory).map(([service, { max_mib, slope_percent_per_min: slope }]) =>
      row(`  ${service}`, max_mib, slope === null ? 'MiB' : `MiB, ${slope} %/min`),
    ),
    ...Object.entries(report.crashes).map(([name, n]) => row(`ended by itself: ${name}`, n)),
    ...checkLines(report),
    ...report.ledger.gaps.map((gap) => `ledger: ${gap}`),
    ...report.findings.map((f) => `${f.what}: ${f.where} ${f.id}: ${f.detail}`),
    '',
  ].join('\n');
}

/** The stores whose figures were compared. */
export const storesOf = ({ compared }: ChaosReport): string[] => [
  ...new Set(compared.flatMap(({ stores }) => Object.keys(stores))),
];

const books = ({ ledger }: ChaosReport): string => {
  if (!ledger.settled) return 'NOT settled';
  return ledger.balanced ? 'balanced' : 'NOT balanced';
};

/** A line per lab with what it measured; a check of its own where it fails, or where there is nothing measured. */
function checkLines({ checks, figures }: ChaosReport): string[] {
  const labs = [...new Set([...checks.map((c) => c.lab), ...Object.keys(figures)])];
  return labs.flatMap((lab) => {
    const own = checks.filter((c) => c.lab === lab);
    const failed = own.filter((c) => !c.holds);
    const measured = Object.entries(figures[lab] ?? {}).map(([name, n]) => `${name} ${count(n)}`);
    const held = `${own.length - failed.length} of ${own.length} checks hold`.padEnd(24);
    return [
      `${failed.length === 0 ? 'holds' : 'FAILS'}  ${lab.padEnd(22)} ${held} ${measured.join(', ')}`.trimEnd(),
      ...failed.map((c) => `       ${c.what}${c.evidence ? ` (${c.evidence})` : ''}`),
    ];
  });
}

const row = (name: string, n: number, more = '') =>
  `${name.padEnd(28)}${count(n).padStart(12)}  ${more}`.trimEnd();
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

function faultLines(faults: readonly FaultReport[]): string[] {
  const seconds = (s: number | null) => (s === null ? 'never' : `${s} s`).padStart(9);
  return [
    `${'fault'.padEnd(44)}${'at'.padStart(9)}${'lasted'.padStart(9)}${'gap'.padStart(9)}${'resumed'.padStart(9)}  worst table`,
    ...faults.map(
      (f) =>
        `${f.fault.padEnd(44)}${seconds(f.at_s)}${seconds(f.lasted_s)}${seconds(f.longest_gap_s)}${seconds(f.resumed_after_s)}  ${f.table ?? ''}`,
    ),
  ];
}
