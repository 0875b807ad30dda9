import { readFileSync } from 'node:fs';
import { SOURCE } from '@fineprint/alert-rules';
import { type Check, createServerErrorLog, publishOutbox, secondsBehind } from '@fineprint/http-kit';
import type { Logger, RunningService } from '@fineprint/observability';
import { clickhouseAccount, postgresUrl } from '@fineprint/service-config';
import {
  createNodePublisher,
  kafkaClientSettings,
  type StreamParts,
  startRounds,
  startStreamService,
} from '@fineprint/service-kit';
import { connectKafka, type KafkaConnection, type Running, runEffects } from '@fineprint/stream-runtime';
import type { Pool } from 'pg';
import type { AlertConfig } from './config.ts';
import { connectPool } from './connect-pool.ts';
import { createChannels } from './deliver/channels.ts';
import { createDeliveryRound } from './deliver/delivery-round.ts';
import { createIntakeStage } from './deliver/intake.ts';
import type { MailSettings } from './deliver/mail.ts';
import { createSender } from './deliver/sender.ts';
import { runNextSlot } from './evaluate/run-slot.ts';
import { type AlertSources, openSources } from './evaluate/sources.ts';
import { type AlertMetrics, createAlertMetrics } from './metrics.ts';
import { ALERT_OUTBOX, ALERT_SLOTS } from './tables.ts';

const QUEUED_BYTES = 1 << 20;
const MAX_RECORDS = 250;
const POLL_MS = 500;

/** Starts one instance; any number may run. Each slot is evaluated by one, each message is sent by one at a time. */
export async function startAlertManager(config: AlertConfig, log: Logger): Promise<RunningService> {
  const pool = connectPool(postgresUrl(config), SOURCE, log);
  const kafka = connectKafka(kafkaClientSettings(config, SOURCE), (level, message, fields) =>
    log[level]({ kafka: fields }, message),
  );
  const clickhouse = clickhouseAccount(config);
  const sources = openSources(clickhouse, kafka);
  const checks: Check[] = [
    { code: 'store_unavailable', isRequired: true, look: () => progressProblem(pool, config) },
    // Without ClickHouse nothing is found, and what others find is delivered all the same.
    { code: 'clickhouse', isRequired: true, look: sources.ping },
  ];
  const around = { config, log, pool, kafka, sources };
  const service = await startStreamService(SOURCE, config, log, (parts) => begin(parts, around), { checks });
  return {
    ...service,
    async close() {
      await service.close();
      await Promise.all([sources.close(), pool.end()]);
    },
  };
}

interface Around {
  readonly config: AlertConfig;
  readonly log: Logger;
  readonly pool: Pool;
  readonly kafka: KafkaConnection;
  readonly sources: AlertSources;
}

/** Evaluates, takes in, delivers and publishes until it is stopped; each by itself, so that none waits for another one's parts. */
async function begin(parts: StreamParts, { config, log, pool, kafka, sources }: Around): Promise<Running> {
  const metrics = createAlertMetrics(parts.metrics);
  const publisher = createNodePublisher(kafka, parts.registry, SOURCE, (err) =>
    log.warn({ err }, 'what Kafka acknowledged is not in the ledger yet, trying again'),
  );
  const publish = async () => void (await publishOutbox(pool, ALERT_OUTBOX, publisher.publish));
  const onUnreadable = (name: string) =>
    log.warn({ name }, 'a rule or receiver cannot be read and is left out');
  const { warn } = createServerErrorLog(log, 'a round of work failed, trying again');
  const slotPorts = {
    pool,
    metrics,
    publish,
    onUnreadable,
    observe: sources.observe,
    times: timesOf(config),
  };
  const sender = createSender(senderOptions(config, pool, metrics, warn));
  const repeat = (round: () => Promise<number>) => startRounds({ round, retryMs: POLL_MS, onError: warn });
  const evaluation = repeat(async () => ((await runNextSlot(slotPorts)) ? 0 : POLL_MS));
  const delivery = repeat(createDeliveryRound({ pool, sender, metrics, onUnreadable }));
  const publishing = repeat(async () => {
    if (await hasOutgoing(pool)) await publish();
    return POLL_MS;
  });
  const intake = await runEffects(createIntakeStage(pool, metrics, onUnreadable), {
    ...parts,
    maxQueuedBytes: QUEUED_BYTES,
    commitIntervalMs: 500,
    maxRecords: MAX_RECORDS,
  });
  return {
    failed: intake.failed,
    async stop() {
      await Promise.all([intake.stop(), evaluation.stop(), delivery.stop()]);
      await sender.stop();
      await publishing.stop();
      await publish().catch(warn); // else another instance does, or this one when it is back
      await publisher.close();
    },
  };
}

async function hasOutgoing(pool: Pool): Promise<boolean> {
  const { rowCount } = await pool.query(`SELECT 1 FROM ${ALERT_OUTBOX.table} LIMIT 1`);
  return rowCount === 1;
}

const timesOf = (config: AlertConfig) => ({
  intervalMs: config.ALERTS_INTERVAL_MS,
  settleMs: config.ALERTS_SETTLE_MS,
  leaseMs: config.ALERTS_LEASE_MS,
});

function senderOptions(
  config: AlertConfig,
  pool: Pool,
  metrics: AlertMetrics,
  onError: (error: unknown) => void,
) {
  const { ALERTS_SEND_TIMEOUT_MS: timeoutMs } = config;
  const channels = createChannels({
    timeoutMs,
    allowsPrivate: config.ALERTS_ALLOW_PRIVATE_TARGETS,
    signingKey: config.ALERTS_SIGNING_KEY.reveal(),
    mail: mailOf(config),
    nowMs: Date.now,
  });
  return {
    pool,
    metrics,
    channels,
    onError,
    sendTimeoutMs: timeoutMs,
    giveUpMs: config.ALERTS_GIVE_UP_HOURS * 3_600_000,
    nowMs: Date.now,
    random: Math.random,
  };
}

/** Null: no mail server was named. */
function mailOf(config: AlertConfig): MailSettings | null {
  const {
    SMTP_URL: url,
    SMTP_CA_FILE: caFile,
    ALERTS_FROM: from,
    ALERTS_SEND_TIMEOUT_MS: timeoutMs,
  } = config;
  if (url === undefined || from === undefined) return null;
  const ca = caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') };
  return { url: url.reveal(), from, timeoutMs, ...ca, requireTls: config.REQUIRE_TLS };
}

/** Somebody evaluates. A look here also shows that Postgres is there and migrated. */
async function progressProblem(pool: Pool, config: AlertConfig): Promise<string | null> {
  const seconds = await secondsBehind(pool, ALERT_SLOTS);
  const allowedMs = 3 * config.ALERTS_INTERVAL_MS + config.ALERTS_SETTLE_MS + config.ALERTS_LEASE_MS;
  if (seconds === null || process.uptime() * 1_000 < allowedMs || seconds * 1_000 <= allowedMs) return null;
  return `the last slot that was evaluated is ${Math.round(seconds)} s old; see the log`;
}
