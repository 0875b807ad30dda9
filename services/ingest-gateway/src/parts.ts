import { setTimeout as sleep } from 'node:timers/promises';
import {
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
import { postgresUrl, redisTls } from '@fineprint/service-config';
import { kafkaClientSettings } from '@fineprint/service-kit';
import { connectKafka } from '@fineprint/stream-runtime';
import { Redis } from 'ioredis';
import { type BackendConnection, type BackendCounters, connectBackend } from './backend.ts';
import {
  backendCheck,
  kafkaCheck,
  keysCheck,
  keysFreshCheck,
  redisCheck,
  spoolingCheck,
  spoolRoomCheck,
} from './checks.ts';
import { type GatewayConfig, SERVICE } from './config.ts';
import { createRateLimit, type RateLimit } from './http/rate-limit.ts';
import { redisLimiter } from './http/redis-limiter.ts';
import { loadFromPostgres, saveWriteKeyUses } from './keys/postgres-keys.ts';
import { createSenders, type Senders } from './keys/senders.ts';
import type { WriteKey } from './keys/write-key.ts';
import { createWriteKeyDirectory } from './keys/write-key-directory.ts';

/** Everything the gateway talks to. None of it has to be there at the start. */
export interface Parts {
  readonly backend: BackendConnection;
  readonly keys: KeyDirectory<WriteKey>;
  readonly senders: Senders;
  readonly rateLimit: RateLimit;
  readonly readiness: ReadinessWatch;
  /** Flushes what was accepted, then disconnects. */
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;
const ANSWER_WITHIN_MS = 2_000;
/** A request may wait for Redis, so it is given up on soon; limits are then counted here. */
const REDIS_ANSWER_WITHIN_MS = 250;

export function connectParts(
  config: GatewayConfig,
  log: Logger,
  isDraining: () => boolean,
  counters: BackendCounters,
): Parts {
  const pool = connectPostgres(postgresUrl(config), SERVICE, log);
  const redis = connectRedis(config, log);
  const kafka = connectKafka(kafkaClientSettings(config, SERVICE), (level, message, fields) =>
    log[level]({ kafka: fields }, message),
  );
  const backend = connectBackend(kafka, config, log, counters);
  const keys = createWriteKeyDirectory(loadFromPostgres(pool), {
    refreshMs: config.WRITE_KEY_REFRESH_MS,
    graceMs: config.WRITE_KEY_GRACE_SECONDS * 1_000,
    nowMs: Date.now,
    sleep,
    onError: createServerErrorLog(log, 'the write keys could not be read').warn,
  });
  const uses = createKeyUses({
    save: saveWriteKeyUses(pool),
    everyMs: MINUTE_MS,
    onError: createServerErrorLog(log, 'when write keys were last used could not be kept').warn,
  });
  const senders = createSenders({
    keys,
    guesses: createGuessLimit({
      maxFailures: config.LOGIN_FAILURES_PER_MINUTE,
      windowMs: MINUTE_MS,
      nowMs: Date.now,
    }),
    addressOf: clientAddressBehind(config.TRUSTED_PROXIES),
    onUse: uses.note,
  });
  const topics = kafkaCheck(kafka, {
    mayBeAway: config.SPOOL_DIR !== undefined,
    clusterId: config.KAFKA_CLUSTER_ID,
  });
  const readiness = watchReadiness(
    [
      backendCheck(backend),
      topics,
      spoolRoomCheck(backend),
      spoolingCheck(backend),
      keysCheck(keys, config.WRITE_KEY_GRACE_SECONDS * 1_000),
      keysFreshCheck(keys, config.WRITE_KEY_REFRESH_MS),
      redisCheck(redis),
    ],
    isDraining,
  );
  const rate = config.RATE_LIMIT_EVENTS_PER_SECOND;
  return {
    backend,
    keys,
    senders,
    rateLimit: createRateLimit(redisLimiter(redis, rate), rate, Date.now),
    readiness,
    async close() {
      await backend.close();
      readiness.close();
      await topics.close();
      keys.close();
      await uses.close();
      redis.disconnect();
      await pool.end();
    },
  };
}

function connectRedis(config: GatewayConfig, log: Logger): Redis {
  const redis = new Redis(config.REDIS_URL.reveal(), {
    ...redisTls(config),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: REDIS_ANSWER_WITHIN_MS,
    connectTimeout: ANSWER_WITHIN_MS,
  });
  redis.on('error', createServerErrorLog(log, 'Redis is away; limits are per gateway').warn);
  return redis;
}
