import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { type Act, createSubjectHash } from '@fineprint/audit-log';
import {
  clientAddressBehind,
  createGuessLimit,
  createHttpServer,
  createServerErrorLog,
  hashKey,
} from '@fineprint/http-kit';
import { createAdminGuard, createLogger, createMetrics, listen } from '@fineprint/observability';
import type { Express } from 'express';
import { createLiveStreams } from '../ai/live-streams.ts';
import { readLive } from '../ai/real-time.ts';
import { createChurnFits } from '../analytics/churn-fits.ts';
import { watchDataVersions } from '../clickhouse/data-version.ts';
import type { Question, Warehouse } from '../clickhouse/warehouse.ts';
import { queryPages } from '../docs/pages.ts';
import { createRunningExperiments } from '../experiments/running-experiments.ts';
import { readExperiment } from '../experiments/store.ts';
import type { StoredExperiment } from '../experiments/stored-experiment.ts';
import { createAnswerCache } from '../http/answer-cache.ts';
import { createApp } from '../http/app.ts';
import { createRateLimit } from '../http/rate-limit.ts';
import { apiKeyForm, type Role } from '../keys/api-key.ts';
import { createApiKeyDirectory, type StoredApiKey } from '../keys/api-key-directory.ts';
import { createCallers } from '../keys/callers.ts';
import type { Tokens } from '../keys/tokens.ts';
import { createMasking } from '../masking/masking.ts';
import { createQueryMetrics } from '../metrics.ts';
import type { Operation } from '../operations/operation.ts';
import { type PipelineWatch, startPipelineWatch } from '../pipeline/watch.ts';
import type { Database } from '../postgres/database.ts';
import type { PrivacySettings } from '../privacy/settings.ts';
import { Problem } from '../problem/problem.ts';
import { createWindowStore } from '../windows/window-store.ts';

export interface TestApi {
  readonly url: string;
  readonly app: Express;
  /** An analyst's. */
  readonly key: string;
  readonly addKey: (role: Role, more?: NewTestKey) => string;
  /** What is in the audit log. */
  readonly acts: readonly Act[];
  /** As if it had been revoked. */
  readonly removeKey: (key: string) => void;
  /** What was asked of ClickHouse. */
  readonly asked: readonly Question[];
  readonly log: readonly string[];
  close(): Promise<void>;
}

type NewTestKey = Partial<Pick<StoredApiKey, 'expiresAt' | 'datasets' | 'unmasked'>>;

export interface TestApiOptions {
  /** Instead of no rows at all. */
  readonly rows?: (question: Question) => Promise<object[]>;
  readonly requestsPerSecond?: number;
  readonly isRealtime?: boolean;
  readonly maxStreams?: number;
  readonly keysAway?: boolean;
  readonly draining?: boolean;
  /** Instead of one that is away. */
  readonly database?: Database;
  /** Instead of a Kafka that no setting names. */
  readonly pipeline?: Pick<PipelineWatch, 'see'>;
  /** What runs; none if left out. */
  readonly running?: () => Promise<readonly StoredExperiment[]>;
  /** Instead of none. */
  readonly privacy?: PrivacySettings;
  /** Instead of the product's. */
  readonly operations?: readonly Operation[];
  readonly tokens?: Tokens;
  readonly loginFailuresPerMinute?: number;
  readonly adminToken?: string;
  readonly auditLogAway?: boolean;
}

const away = () => Promise.reject(new Problem('postgres_unavailable', 'Postgres does not answer.'));
const awayDatabase: Database = { query: away, transaction: away };

const noKafka = () =>
  startPipelineWatch({
    connect: null,
    askServices: async () => [],
    nowMs: Date.now,
    onError: () => undefined,
  });

/** An answer to a question for windows: of each of its arrays, that it is empty. */
const NO_WINDOWS = Buffer.alloc(12);

/** The real app on a real port; ClickHouse and Postgres are answered from memory. */
export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const log: string[] = [];
  const logger = createLogger({
    service: 'test',
    level: 'debug',
    destination: { write: (l) => log.push(l) },
  });
  const stored = new Map<string, StoredApiKey>();
  const addKey: TestApi['addKey'] = (role, more = {}) => {
    const key = apiKeyForm.generate();
    const id = `id-${stored.size}`;
    stored.set(key, { id, role, hash: hashKey(key), datasets: null, unmasked: true, ...more });
    return key;
  };
  const key = addKey('analyst');
  const load = async () => {
    if (options.keysAway) throw new Error('away');
    return [...stored.values()];
  };
  const keys = createApiKeyDirectory(load, {
    refreshMs: 1_000,
    graceMs: 60_000,
    nowMs: Date.now,
    sleep: async () => undefined,
    onError: () => undefined,
  });
  const acts: Act[] = [];
  const asked: Question[] = [];
  const warehouse: Warehouse = {
    async rows<T>(question: Question): Promise<T[]> {
      asked.push(question);
      return ((await options.rows?.(question)) ?? []) as T[];
    },
    async binary(question) {
      asked.push(question);
      return NO_WINDOWS;
    },
    close: async () => undefined,
  };
  const metrics = createMetrics({ service: 'test' });
  const errors = createServerErrorLog(logger, 'a request failed');
  const streams = createLiveStreams({
    maxStreams: options.maxStreams ?? 10,
    read: (live) => readLive(warehouse, live, Date.now()),
    onError: errors.warn,
  });
  const database = options.database ?? awayDatabase;
  const experiments = createRunningExperiments({
    load: options.running ?? (async () => []),
    read: (id) => readExperiment(database, id),
    refreshMs: 1_000,
    graceMs: 60_000,
    nowMs: Date.now,
    onError: errors.warn,
  });
  const app = createApp({
    ports: {
      callers: createCallers({
        keys,
        tokens: options.tokens ?? null,
        guesses: createGuessLimit({
          maxFailures: options.loginFailuresPerMinute ?? 1_000_000,
          windowMs: 60_000,
          nowMs: Date.now,
        }),
        addressOf: clientAddressBehind(),
        onUse: () => undefined,
      }),
      auditLog: {
        async append(act) {
          if (options.auditLogAway) throw new Error('away');
          acts.push(act);
        },
      },
      subjectHash: createSubjectHash('test'),
      masking: async () => createMasking('test'),
      warehouse,
      exports: {
        async open(question) {
          asked.push(question);
          return { stream: Readable.from([Buffer.from('{}\n')]), done: () => undefined };
        },
      },
      database,
      churnFits: createChurnFits({ maxKept: 1, maxWaiting: 1, timeoutMs: 60_000 }),
      experiments,
      pipeline: options.pipeline ?? noKafka(),
      privacy: options.privacy ?? null,
      windows: createWindowStore({ warehouse, maxBytes: 1 << 20 }),
      dataVersion: watchDataVersions(warehouse),
      cache: createAnswerCache({
        maxEntries: 10,
        maxChars: 1_000_000,
        staleMs: 0,
        nowMs: Date.now,
        onError: errors.warn,
      }),
      streams,
      isRealtime: options.isRealtime ?? true,
      rateLimit: createRateLimit(options.requestsPerSecond ?? 1_000_000),
      metrics: createQueryMetrics(metrics, { streams: streams.count, keysAgeSeconds: () => 0 }),
      onServerError: errors.problem,
      nowMs: Date.now,
    },
    admin: {
      log: logger,
      health: () => ({ inside: true }),
      ready: () => ({ ready: true, reasons: [] }),
      metrics,
      guard: createAdminGuard({ host: '127.0.0.1', token: options.adminToken }),
    },
    pages: queryPages(),
    ...(options.operations === undefined ? {} : { operations: options.operations }),
    isDraining: () => options.draining ?? false,
    onAuditError: errors.warn,
  });
  const server = createHttpServer(app, 100);
  await listen(server, 0, '127.0.0.1');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    app,
    key,
    addKey,
    removeKey: (removed) => void stored.delete(removed),
    acts,
    asked,
    log,
    close() {
      keys.close();
      experiments.close();
      streams.close();
      return closeAll(server);
    },
  };
}

async function closeAll(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
