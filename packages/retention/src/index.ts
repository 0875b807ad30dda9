export { computableDays, cutoffOf, DAY_MS, removedAt } from './cutoff.ts';
export { type Dataset, type DatasetName, datasetNames, datasets, isDataset } from './datasets.ts';
export {
  type DatasetPolicy,
  type RetentionPolicy,
  type RetentionSettings,
  resolvePolicy,
  retentionRule,
} from './policy.ts';
export { limitText } from './read-limit.ts';
export { usualTopicHours } from './topic-limits.ts';
