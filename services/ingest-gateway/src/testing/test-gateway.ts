import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  clientAddressBehind,
  createGuessLimit,
  createHttpServer,
  createServerErrorLog,
  hashKey,
  type ServerTimeouts,
} from '@fineprint/http-kit';
import { createAdminGuard, createLogger, createMetrics, listen } from '@fineprint/observability';
import type { RecordTypes } from '@fineprint/schemas';
import { latestSchema } from '@fineprint/schemas';
import {
  createRecordDecoder,
  createRecordEncoder,
  type OutputRecord,
  type SchemaRegistry,
} from '@fineprint/stream-runtime';
import { type RecordOf, type TopicName, topics } from '@fineprint/topology';
import type { Express } from 'express';
import { OUTPUT_TOPICS } from '../backend.ts';
import { gatewayPages } from '../docs/pages.ts';
import { createApp } from '../http/app.ts';
import { createByteBudget } from '../http/byte-budget.ts';
import { type CorsOrigins, createOriginPolicy } from '../http/cors.ts';
import type { IngestSettings } from '../http/ingest-handler.ts';
import type { QueryProxy } from '../http/query-proxy.ts';
import type { RateLimit } from '../http/rate-limit.ts';
import { createRequestTraces } from '../http/request-traces.ts';
import { createSenders } from '../keys/senders.ts';
import { writeKeys } from '../keys/write-key.ts';
import { createWriteKeyDirectory, type StoredWriteKey } from '../keys/write-key-directory.ts';
import { createGatewayMetrics } from '../metrics.ts';
import { createQuickReader } from '../quick/quick-ingest.ts';
import type { EventSink } from '../sink/event-sink.ts';

export const TEST_SETTINGS: IngestSettings = {
  maxBodyBytes: 5 * 1_048_576,
  maxEventChars: 900_000,
  maxItems: 1_000,
  maxDepth: 100,
  maxKeys: 2_000,
  timeBounds: { maxAgeMs: 3_650 * 86_400_000, maxFutureMs: 86_400_000 },
};

const IDS = new Map<TopicName, number>(Object.keys(topics).map((t, i) => [t as TopicName, i + 1]));

/** A registry in memory: a schema id per topic. */
const registry: SchemaRegistry = {
  register: async (topic) => IDS.get(topic) ?? 0,
  lookup: async (id) => {
    const topic = [...IDS].find(([, known]) => known === id)?.[0];
    return topic === undefined ? null : latestSchema(topics[topic].schema).schema;
  },
};

/** A record as it would lie in Kafka, decoded. */
export interface Stored {
  readonly topic: TopicName;
  readonly key: string | null;
  readonly record: RecordTypes[keyof RecordTypes];
}

export interface TestGateway {
  readonly url: string;
  readonly app: Express;
  readonly key: string;
  readonly keyStore: Map<string, StoredWriteKey>;
  addKey(source: string, allowedOrigins?: readonly string[], expiresAt?: Date | null): string;
  /** Ids of keys that were noted as used. */
  readonly used: ReadonlySet<string>;
  /** What was written, decoded; of one topic if named. */
  stored(): Promise<readonly Stored[]>;
  storedIn<T extends TopicName>(topic: T): Promise<readonly RecordOf<T>[]>;
  /** All log lines. */
  readonly log: readonly string[];
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<TestAnswer>;
  metricsText(): Promise<string>;
  readonly budgetUsed: () => number;
  close(): Promise<void>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly accepted: readonly { index: number; event_id: string }[];
    readonly rejected: readonly {
      index: number;
      event_id?: string;
      code: string;
      path: string;
      message: string;
    }[];
    readonly code?: string;
    readonly detail?: string;
    readonly errors?: readonly { index: number; code: string; path: string; message: string }[];
  };
}

export interface TestGatewayOptions {
  readonly settings?: Partial<IngestSettings>;
  /** CORS_ORIGINS; none if left out. */
  readonly origins?: CorsOrigins;
  /** Instead of the sink in memory. */
  readonly write?: (records: readonly OutputRecord[]) => Promise<void>;
  readonly rateLimit?: RateLimit;
  readonly backendAway?: boolean;
  readonly maxInFlightBytes?: number;
  readonly draining?: boolean;
  readonly timeouts?: ServerTimeouts;
  readonly queryProxy?: QueryProxy;
  readonly loginFailuresPerMinute?: number;
  readonly adminToken?: string;
}

/** The real app on a real port; Kafka, Postgres and Redis in memory. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const log: string[] = [];
  const logger = createLogger({
    service: 'test',
    level: 'debug',
    destination: { write: (l) => log.push(l) },
  });
  const written: OutputRecord[] = [];
  const keyStore = new Map<string, StoredWriteKey>();
  const addKey: TestGateway['addKey'] = (source, allowedOrigins = [], expiresAt = null) => {
    const key = writeKeys.generate();
    keyStore.set(key, { id: `id-${source}`, source, allowedOrigins, expiresAt, hash: hashKey(key) });
    return key;
  };
  const key = addKey('web');
  const keys = createWriteKeyDirectory(async () => [...keyStore.values()], {
    refreshMs: 1_000,
    graceMs: 60_000,
    nowMs: Date.now,
    sleep: async () => undefined,
    onError: () => undefined,
  });
  const used = new Set<string>();
  const sink: EventSink = {
    write: options.write ?? (async (records) => void written.push(...records)),
    queuedBytes: () => 0,
    close: async () => undefined,
  };
  const encoder = await createRecordEncoder(registry, OUTPUT_TOPICS);
  const metrics = createMetrics({ service: 'test' });
  const budget = createByteBudget(options.maxInFlightBytes ?? 128 * 1_048_576);
  const settings = { ...TEST_SETTINGS, ...options.settings };
  const { app, listener } = createApp({
    ports: {
      senders: createSenders({
        keys,
        guesses: createGuessLimit({
          maxFailures: options.loginFailuresPerMinute ?? 1_000_000,
          windowMs: 60_000,
          nowMs: Date.now,
        }),
        addressOf: clientAddressBehind(),
        onUse: (id) => used.add(id),
      }),
      origins: createOriginPolicy(options.origins ?? new Set(), keys.inUse),
      rateLimit: options.rateLimit ?? { eventsPerWindow: 1e9, consume: () => ({ allowed: true }) },
      backend: () => (options.backendAway ? null : { encoder, sink, direct: sink }),
      budget,
      metrics: createGatewayMetrics(metrics, {
        queuedBytes: () => 0,
        bodyBytesInMemory: budget.used,
        keysAgeSeconds: () => 0,
        spoolBytes: () => 0,
        isSpooling: () => 0,
      }),
      traces: createRequestTraces(null, { share: 0, nowMs: Date.now, random: Math.random }),
      quick: createQuickReader(settings),
      nowMs: Date.now,
    },
    settings,
    admin: {
      log: logger,
      health: () => ({ inside: true }),
      ready: () => ({ ready: true, reasons: [] }),
      metrics,
      guard: createAdminGuard({ host: '127.0.0.1', token: options.adminToken }),
    },
    pages: gatewayPages(),
    ...(options.queryProxy === undefined ? {} : { queryProxy: options.queryProxy }),
    isDraining: () => options.draining ?? false,
    onServerError: createServerErrorLog(logger, 'a request failed').problem,
  });
  const server = createHttpServer(listener, 100, options.timeouts);
  await listen(server, 0, '127.0.0.1');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const stored = () => decodeAll(written);
  return {
    url,
    app,
    key,
    used,
    keyStore,
    addKey,
    stored,
    storedIn: async (topic) =>
      (await stored()).filter((s) => s.topic === topic).map((s) => s.record as RecordOf<typeof topic>),
    log,
    post: async (path, body, headers) =>
      post(url + path, body, { authorization: `Bearer ${key}`, ...headers }),
    metricsText: metrics.text,
    budgetUsed: budget.used,
    close: () => closeAll(server, keys),
  };
}

async function closeAll(server: Server, keys: { close(): void }): Promise<void> {
  keys.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function decodeAll(written: readonly OutputRecord[]): Promise<readonly Stored[]> {
  const decoder = createRecordDecoder(registry, Date.now);
  await decoder.prepare(written.map((r) => r.value));
  return written.map(({ topic, key, value }) => {
    const decoded = decoder.decode(topic, value);
    if (!decoded.ok) throw new Error(`${topic}: ${decoded.code}`);
    return { topic, key: key?.toString() ?? null, record: decoded.record };
  });
}

/** Posts a body (text and bytes as they are, anything else as JSON). An empty header value removes the header. */
export async function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<TestAnswer> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const given = { 'content-type': 'application/json', ...headers };
  const response = await fetch(url, {
    method: 'POST',
    headers: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')),
    body: isRaw ? (body as string) : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
}
