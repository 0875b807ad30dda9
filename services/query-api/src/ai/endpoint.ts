import type { z } from 'zod';
import type { ChurnFits } from '../analytics/churn-fits.ts';
import type { DataSet } from '../clickhouse/data-version.ts';
import type { Warehouse } from '../clickhouse/warehouse.ts';
import type { Action } from '../keys/access.ts';
import type { Parameters } from '../params/read-parameters.ts';
import type { Database } from '../postgres/database.ts';
import type { WindowStore } from '../windows/window-store.ts';

/** What an endpoint may ask. */
export interface EndpointContext {
  readonly warehouse: Warehouse;
  readonly windows: WindowStore;
  readonly database: Database;
  readonly churnFits: ChurnFits;
  readonly nowMs: number;
}

/** A question that is settled: equal keys have equal answers over equal data. */
export interface Prepared {
  readonly key: string;
  /** Of the data in this version, or newer. */
  answer(dataVersion: string): Promise<object>;
}

/** One path of the API: what it takes, what it answers, and how. */
export interface Endpoint {
  readonly path: string;
  readonly name: string;
  readonly action: Action;
  /** What its answers are made of; they are kept until that changes. Requests to models if left out. */
  readonly data?: DataSet;
  readonly summary: string;
  readonly description: string;
  readonly parameters: Parameters;
  readonly pathParameters?: Parameters;
  /** Query parameters that may be repeated. */
  readonly repeatable?: readonly string[];
  readonly answerSchema: z.ZodType;
  readonly example: string;
  prepare(
    query: URLSearchParams,
    path: URLSearchParams,
    context: EndpointContext,
  ): Prepared | Promise<Prepared>;
}
