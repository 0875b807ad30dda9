import type { PrivacyRequest, Scope } from '@fineprint/privacy';
import type { Run } from '../engine/job.ts';
import type { Warehouse } from '../warehouse.ts';
import type { PrivacyPorts } from './ports.ts';

/** What a step works with. */
export interface StepContext {
  readonly ports: PrivacyPorts;
  readonly warehouse: Warehouse;
  readonly run: Run;
  readonly request: PrivacyRequest;
  /** As it was saved last. */
  readonly scope: Scope;
}

/** What a step did, in figures: part of the receipt, and it holds no id. */
export type StepResult = Readonly<Record<string, unknown>>;

/** One step of a request. It may be killed at any point, and is then done again from its start. */
export type Step = (context: StepContext) => Promise<StepResult>;

export type RowCounts = readonly { readonly store: string; readonly table: string; readonly rows: number }[];
