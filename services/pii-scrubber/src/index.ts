export {
  policyOf,
  readScrubberCoreConfig,
  type ScrubberCoreConfig,
  scrubberOf,
  timeBoundsOf,
} from './config.ts';
export type { DedupIndex, Place } from './dedup-index.ts';
export { createScrubberStage } from './stage.ts';
