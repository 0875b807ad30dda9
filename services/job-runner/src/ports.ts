import type { Archive } from '@fineprint/archive';
import type { Convention } from '@fineprint/business-metrics';
import type { RetentionPolicy } from '@fineprint/retention';
import type { SnowflakeSettings } from '@fineprint/snowflake';
import type { PrivacyPorts } from './privacy/ports.ts';
import type { Warehouse } from './warehouse.ts';

/** What jobs work with. Postgres they reach through their run, which says whether it is still theirs. */
export interface JobPorts {
  /** May write. */
  readonly warehouse: Warehouse;
  /** May only read: for whatever comes from files or people. */
  readonly reader: Warehouse;
  /** Which events mean what in business figures. */
  readonly convention: Convention;
  /** Whole days of which figures can be computed again. */
  readonly retentionDays: number;
  readonly retention: RetentionPolicy;
  /** Null: rows are removed without a copy. */
  readonly archive: Archive | null;
  /** How long its files are kept; null: for ever. */
  readonly archiveDays: number | null;
  /** Null where the stack fills no Snowflake. */
  readonly snowflake: (() => Promise<SnowflakeSettings>) | null;
  readonly historyDays: number;
  /** Rules of the operator's own, beside those that come with the product. */
  readonly qualityRulesFile: string | undefined;
  /** Null where no key is set: requests of people are not worked on. */
  readonly privacy: PrivacyPorts | null;
}
