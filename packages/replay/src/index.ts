export {
  listReplays,
  type Promotion,
  type ReplayRecord,
  readReplay,
} from './bookkeeping.ts';
export { buildShadow, type ShadowRequest } from './build.ts';
export type { Diff, MetricChange, OutcomeChange, RowExample, TableDiff } from './diff-types.ts';
export { discardBackup, discardReplay, dropExpiredBackups } from './discard.ts';
export { ReplayError, type ReplayErrorCode } from './errors.ts';
export type { OnProgress, ReplayParts } from './parts.ts';
export { type LoaderControl, promoteReplay } from './promote.ts';
export { type ReplayableStage, replayable } from './stages.ts';
export type { ReplayState } from './state.ts';
export { connectWarehouse, type Warehouse } from './warehouse.ts';
