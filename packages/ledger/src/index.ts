export type { Watermark } from './check-entries.ts';
export { type Chain, cover, type Hole } from './cover.ts';
export { type LedgerEntry, type LedgerLine, lineSum, placeOf } from './entry.ts';
export {
  type Finding,
  type FindingCode,
  gap,
  keyOfFinding,
  type NamedRecord,
  type Severity,
} from './finding.ts';
export { type Books, type LedgerFacts, type LedgerRecordProblem, openBooks } from './reconcile.ts';
export { offsetSince, withoutRemoved } from './removed.ts';
export { type Named, NOTHING_NAMED, rowFindings } from './row-findings.ts';
export {
  cut,
  differs,
  emittedQuestions,
  type OffsetColumn,
  type RowQuestion,
  type Stretch,
  storedQuestions,
  stretchOf,
} from './rows.ts';
export { ID_MODULUS, isSame, minus, plus, type Sum, total, ZERO } from './sum.ts';
export { type StageTotals, totalsOf } from './totals.ts';
