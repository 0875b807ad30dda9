import { randomUUID } from 'node:crypto';
import type { DataSet } from '../clickhouse/data-version.ts';
import type { Warehouse } from '../clickhouse/warehouse.ts';
import type { Database } from '../postgres/database.ts';
import { Problem } from '../problem/problem.ts';
import { evaluateSegment } from './evaluate.ts';
import { type Claim, claimSegment, saveFigures, saveProblem, syncSegments } from './store.ts';

export interface RefresherOptions {
  readonly database: Database;
  readonly warehouse: Warehouse;
  readonly dataVersion: (data: DataSet) => Promise<string>;
  readonly refreshMs: number;
  readonly currency: string;
  readonly nowMs: () => number;
  readonly onDone: (result: 'renewed' | 'failed') => void;
  readonly onError: (error: unknown) => void;
}

export interface Refresher {
  /** Renews what is due, now. One pass at a time; rejects where Postgres or ClickHouse is away. */
  pass(): Promise<void>;
  /** Resolves once nothing is under way. */
  close(): Promise<void>;
}

/** Longer than any evaluation, which ClickHouse's time limit ends. */
const CLAIM_SECONDS = 60;
/** Time alone makes people inactive, so figures are renewed after so many periods even where no event came. */
const MAX_AGE_PERIODS = 20;
/** Two instances' clocks and rounds are never quite the same. */
const SLACK = 0.9;

/** Keeps the figures of all segments in force. Several instances share the work: each claims a segment before it asks. */
export function startRefresher(options: RefresherOptions): Refresher {
  const { database, refreshMs } = options;
  const instance = randomUUID();
  let closing = false;
  let underWay: Promise<void> | null = null;

  const work = async (): Promise<void> => {
    await syncSegments(database);
    const dataVersion = await options.dataVersion('segments');
    const claiming = {
      instance,
      dataVersion,
      claimSeconds: CLAIM_SECONDS,
      refreshSeconds: (SLACK * refreshMs) / 1_000,
      maxAgeSeconds: (MAX_AGE_PERIODS * refreshMs) / 1_000,
    };
    while (!closing) {
      const claim = await claimSegment(database, claiming);
      if (claim === null) return;
      await renew(claim, instance, dataVersion, options);
    }
  };
  const pass = (): Promise<void> => {
    underWay ??= work().finally(() => {
      underWay = null;
    });
    return underWay;
  };
  const passQuietly = () => void pass().catch(options.onError);
  const timer = setInterval(passQuietly, refreshMs);
  timer.unref();
  passQuietly();
  return {
    pass,
    async close() {
      closing = true;
      clearInterval(timer);
      await underWay?.catch(() => undefined); // told by onError
    },
  };
}

async function renew(
  claim: Claim,
  instance: string,
  dataVersion: string,
  options: RefresherOptions,
): Promise<void> {
  const { database, warehouse, currency } = options;
  const asOfMs = options.nowMs();
  try {
    const figures = await evaluateSegment(warehouse, claim.definition, currency, asOfMs);
    await saveFigures(database, claim, instance, { dataVersion, asOfMs, currency, figures });
    options.onDone('renewed');
  } catch (error) {
    options.onDone('failed');
    options.onError(error);
    const code = error instanceof Problem ? error.code : 'internal';
    await saveProblem(database, claim, instance, code);
  }
}
