import type { Convention } from '@fineprint/business-metrics';
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
  readonly retentionDays: number;
  readonly historyDays: number;
  /** Rules of the operator's own, beside those that come with the product. */
  readonly qualityRulesFile: string | undefined;
  /** Null where no key is set: requests of people are not worked on. */
  readonly privacy: PrivacyPorts | null;
}
