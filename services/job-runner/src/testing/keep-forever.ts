import { resolvePolicy } from '@fineprint/retention';
import type { JobPorts } from '../ports.ts';

/** Ports with which nothing is too old. */
export const keepForever: Pick<JobPorts, 'retention' | 'archive' | 'archiveDays' | 'snowflake'> = {
  retention: resolvePolicy({ DATA_RETENTION_DAYS: 36_500, RAW_RETENTION_HOURS: 72 }).policy,
  archive: null,
  archiveDays: null,
  snowflake: null,
};
