import { setTimeout as sleep } from 'node:timers/promises';
import { type AuditLog, createAuditLog, createSubjectHash } from '@fineprint/audit-log';
import {
  type Check,
  clientAddressBehind,
  connectPostgres,
  createGuessLimit,
  createKeyUses,
  createServerErrorLog,
  type KeyDirectory,
  type ReadinessWatch,
  watchReadiness,
} from '@fineprint/http-kit';
import type { Logger } from '@fineprint/observability';
import { clickhouseAccount, postgresUrl } from '@fineprint/service-config';
import { isVersionShown } from './clickhouse/data-version.ts';
import { connectWarehouse, type Warehouse } from './clickhouse/warehouse.ts';
import { type QueryConfig, SERVICE } from './config.ts';
import { createRunningExperiments, type RunningExperiments } from './experiments/running-experiments.ts';
import { loadRunning, readExperiment } from './experiments/store.ts';
import { connectExports, type ExportSource } from './exports/open-export.ts';
import type { ApiKey } from './keys/api-key.ts';
import { createApiKeyDirectory, loadApiKeys, saveApiKeyUses } from './keys/api-key-directory.ts';
import { type Callers, createCallers } from './keys/callers.ts';
import { createTokens, type Tokens } from './keys/tokens.ts';
import { connectPipeline } from './pipeline/connect.ts';
import type { PipelineWatch } from './pipeline/watch.ts';
import { createDatabase, type Database } from './postgres/database.ts';

/** To Postgres: what people define is read and written seldom. */
const MAX_CONNECTIONS = 8;

const MINUTE_MS = 60_000;

/** So long one that another instance has stopped may go on here. */
const EXPERIMENT_REFRESH_MS = 1_000;

/** Everything the query API talks to. None of it has to be there at the start. */
export interface Parts {
  readonly warehouse: Warehouse;
  readonly exports: ExportSource;
  readonly database: Database;
  readonly experiments: RunningExperiments;
  readonly pipeline: PipelineWatch;
  readonly keys: KeyDirectory<ApiKey>;
  readonly callers: Callers;
  readonly auditLog: AuditLog;
  readonly subjectHash: ((subject: string) => string) | null;
  readonly readiness: ReadinessWatch;
  close(): Promise<void>;
}

export function connectParts(
  config: QueryConfig,
  log: Logger,
  isDraining: () => boolean,
  onQueryDone: (seconds: number) => void,
): Parts {
  const pool = connectPostgres(postgresUrl(config), SERVICE, log, {
    maxConnections: MAX_CONNECTIONS,
  });
  const graceMs = config.API_KEY_GRACE_SECONDS * 1_000;
  const keys = createApiKeyDirectory(loadApiKeys(pool), {
    refreshMs: config.API_KEY_REFRESH_MS,
    graceMs,
    nowMs: Date.now,
    sleep,
    onError: createServerErrorLog(log, 'the API keys could not be read').warn,
  });
  const uses = createKeyUses({
    save: saveApiKeyUses(pool),
    everyMs: MINUTE_MS,
    onError: createServerErrorLog(log, 'when keys were last used could not be kept').warn,
  });
  const callers = createCallers({
    keys,
    tokens: tokensOf(config),
    guesses: createGuessLimit({
      maxFailures: config.LOGIN_FAILURES_PER_MINUTE,
      windowMs: MINUTE_MS,
      nowMs: Date.now,
    }),
    addressOf: clientAddressBehind(config.TRUSTED_PROXIES),
    onUse: uses.note,
  });
  const account = clickhouseAccount(config);
  const exports = connectExports({
    ...account,
    timeoutMs: config.EXPORT_TIMEOUT_MS,
    maxAtOnce: config.MAX_EXPORTS,
  });
  const warehouse = connectWarehouse({
    ...account,
    timeoutMs: config.QUERY_TIMEOUT_MS,
    maxQueries: config.MAX_QUERIES,
    onDone: onQueryDone,
  });
  const database = createDatabase(pool);
  const experiments = createRunningExperiments({
    load: () => loadRunning(database),
    read: (id) => readExperiment(database, id),
    refreshMs: EXPERIMENT_REFRESH_MS,
    graceMs,
    nowMs: Date.now,
    onError: createServerErrorLog(log, 'the experiments could not be read').warn,
  });
  const pipeline = connectPipeline(config, log);
  const readiness = watchReadiness([clickhouseCheck(warehouse), keysCheck(keys, graceMs)], isDraining);
  return {
    warehouse,
    exports,
    database,
    experiments,
    pipeline,
    keys,
    callers,
    auditLog: createAuditLog(pool),
    subjectHash: subjectHashOf(config),
    readiness,
    async close() {
      readiness.close();
      keys.close();
      await uses.close();
      experiments.close();
      await pipeline.close();
      await exports.close();
      await warehouse.close();
      await pool.end();
    },
  };
}

function subjectHashOf({ AUDIT_HASH_KEY: key }: QueryConfig): Parts['subjectHash'] {
  return key === undefined ? null : createSubjectHash(key.reveal());
}

function tokensOf(config: QueryConfig): Tokens | null {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_JWKS_URL: jwksUrl } = config;
  if (issuer === undefined || audience === undefined || jwksUrl === undefined) return null;
  return createTokens({ issuer, audience, jwksUrl, roleClaim: config.OIDC_ROLE_CLAIM });
}

/** ClickHouse answers, has the tables, and lets us read them and what they consist of. */
function clickhouseCheck(warehouse: Warehouse): Check {
  return {
    code: 'clickhouse',
    isRequired: true,
    look: async () =>
      (await isVersionShown(warehouse))
        ? null
        : 'system.parts is not shown to this account; grant SHOW TABLES',
  };
}

/** Keys are known, be it from before Postgres went away. */
function keysCheck(keys: KeyDirectory<ApiKey>, graceMs: number): Check {
  return {
    code: 'api_keys',
    isRequired: true,
    async look() {
      const age = keys.ageMs();
      if (age === null) return 'the API keys were never read; is Postgres there, and migrated?';
      return age <= graceMs ? null : 'Postgres has been away for longer than the grace';
    },
  };
}
