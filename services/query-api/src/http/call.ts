import type { AuditLog } from '@fineprint/audit-log';
import type { Headers } from '@fineprint/http-kit';
import type { Request, Response } from 'express';
import type { LiveStreams } from '../ai/live-streams.ts';
import type { ChurnFits } from '../analytics/churn-fits.ts';
import type { DataSet } from '../clickhouse/data-version.ts';
import type { Warehouse } from '../clickhouse/warehouse.ts';
import type { RunningExperiments } from '../experiments/running-experiments.ts';
import type { ExportSource } from '../exports/open-export.ts';
import type { ApiKey } from '../keys/api-key.ts';
import type { Callers } from '../keys/callers.ts';
import type { Masking } from '../masking/masking.ts';
import type { QueryMetrics } from '../metrics.ts';
import type { PipelineWatch } from '../pipeline/watch.ts';
import type { Database } from '../postgres/database.ts';
import type { PrivacySettings } from '../privacy/settings.ts';
import { Problem } from '../problem/problem.ts';
import type { WindowStore } from '../windows/window-store.ts';
import type { AnswerCache } from './answer-cache.ts';

/** What handlers work with. */
export interface QueryPorts {
  readonly callers: Callers;
  readonly warehouse: Warehouse;
  /** Where exports come from. */
  readonly exports: Pick<ExportSource, 'open'>;
  readonly database: Database;
  readonly churnFits: ChurnFits;
  readonly experiments: RunningExperiments;
  /** What flows: Kafka and the services, as they are now. */
  readonly pipeline: Pick<PipelineWatch, 'see'>;
  /** Null where no key is set. */
  readonly privacy: PrivacySettings | null;
  readonly windows: WindowStore;
  /** Of its tables now; never one from before the call. */
  readonly dataVersion: (data: DataSet) => Promise<string>;
  readonly cache: AnswerCache;
  readonly streams: LiveStreams;
  readonly auditLog: AuditLog;
  /** Whom an act is about, as the audit log keeps it; null where no key for that is configured. */
  readonly subjectHash: ((subject: string) => string) | null;
  /** Whether figures are live: ENABLE_REALTIME_PROCESSING. */
  readonly isRealtime: boolean;
  /** How people are hidden. Rejects with a Problem while ClickHouse has not said it. */
  readonly masking: () => Promise<Masking>;
  readonly rateLimit: (keyId: string) => Promise<void>;
  readonly metrics: QueryMetrics;
  /** For what fails inside an answer that is given all the same. */
  readonly onServerError: (problem: Problem, instance: string, route: string) => void;
  readonly nowMs: () => number;
}

/** A request that was let in by its route's rule. */
export interface Call {
  readonly req: Request;
  readonly res: Response;
  /** On every answer. */
  readonly headers: Headers;
  readonly ports: QueryPorts;
  readonly caller: ApiKey;
  /** Rejects once the caller may not do this any more; asked again and again by what lasts. */
  readonly mayGoOn: () => Promise<void>;
  /** Parsed JSON, where the route reads a body: nothing of it is checked yet. */
  readonly body: unknown;
  /** Of a call that is in the audit log: that nothing came of it after all. */
  readonly failed: (error: unknown) => Promise<void>;
}

export const queryOf = (req: Request): URLSearchParams => {
  const at = req.url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : req.url.slice(at + 1));
};

export const pathOf = (req: Request): URLSearchParams =>
  new URLSearchParams(req.params as Record<string, string>);

export const notAcceptable = () => new Problem('not_acceptable', 'Accept names nothing that this path has.');
