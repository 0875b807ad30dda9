import fs from 'node:fs';
import path from 'node:path';
import { StackError } from '../errors.ts';
import { LOOPBACK } from '../parts.ts';
import { kafkaProbe } from '../probes/kafka-probe.ts';
import { type CommandResult, runCommand } from '../run-command.ts';
import type { Secrets } from '../secrets.ts';
import type { StackSettings } from '../settings.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import { javaCommand } from './java.ts';
import { type KafkaTls, kafkaTlsOf, scramUsers, tlsProperties, writeKeystore } from './kafka-tls.ts';

const LOG4J = path.join(import.meta.dirname, '..', '..', 'log4j2.properties');
const FORMAT_TIMEOUT_MS = 180_000;

/** A batch may be 1 MiB of payload; the rest is room for headers and for the dead letter's wrapping. */
export const KAFKA_MAX_MESSAGE_BYTES = 2 * 1024 * 1024;

/** What the broker is told, whoever starts it: the native provider writes it to a file, the docker one passes it as variables. */
export function kafkaBehaviour(): Record<string, string> {
  return {
    'auto.create.topics.enable': 'false',
    'num.partitions': '1',
    'message.max.bytes': String(KAFKA_MAX_MESSAGE_BYTES),
    'replica.fetch.max.bytes': String(KAFKA_MAX_MESSAGE_BYTES),
    'group.initial.rebalance.delay.ms': '0',
    // A laptop that was shut for some weeks must not start over from the earliest record.
    'offsets.retention.minutes': String(30 * 24 * 60),
    'offsets.topic.num.partitions': '8',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '8',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'log.cleaner.dedupe.buffer.size': String(16 * 1024 * 1024),
    // A broker that was killed may come back once the controller has given up its former self; the default is 9 s.
    'broker.session.timeout.ms': '4000',
    'broker.heartbeat.interval.ms': '1000',
    'num.network.threads': '2',
    'num.io.threads': '4',
  };
}

export function serverProperties(settings: StackSettings, logDir: string, tls?: KafkaTls): string {
  const { kafka, kafkaController } = settings.ports;
  const extra = tls === undefined ? [] : [`SASL_SSL://${LOOPBACK}:${tls.port}`];
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${LOOPBACK}:${kafkaController}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: [
      `PLAINTEXT://${LOOPBACK}:${kafka}`,
      `CONTROLLER://${LOOPBACK}:${kafkaController}`,
      ...extra,
    ].join(','),
    'advertised.listeners': [`PLAINTEXT://${LOOPBACK}:${kafka}`, ...extra].join(','),
    'log.dirs': logDir,
    ...kafkaBehaviour(),
    ...(tls === undefined ? {} : tlsProperties(tls)),
  };
  return `${Object.entries(properties)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
}

export function kafkaSpec(settings: StackSettings, secrets: Secrets, parts: string): ProcessSpec {
  const home = path.join(settings.dataDir, 'kafka');
  const config = path.join(home, 'server.properties');
  const java = javaCommand(process.env);
  const classpath = ['-cp', path.join(parts, 'kafka', '*')];
  const log4j = `-Dlog4j2.configurationFile=${LOG4J}`;
  const { kafka, kafkaController, kafkaTls } = settings.ports;
  const tls = kafkaTlsOf(settings, secrets, home);
  return {
    name: 'kafka',
    tier: 'part',
    command: java,
    args: [...settings.kafkaJvmOpts, log4j, ...classpath, 'kafka.Kafka', config],
    env: {},
    cwd: settings.repoDir,
    ports: [kafka, kafkaController, ...(tls === undefined ? [] : [kafkaTls])],
    url: `${LOOPBACK}:${kafka}`,
    ready: { kind: 'probe', probe: (signal) => kafkaProbe(LOOPBACK, kafka, signal) },
    prepare: async (env) => {
      const logDir = path.join(home, 'log');
      fs.mkdirSync(home, { recursive: true, mode: 0o700 });
      if (tls !== undefined) writeKeystore(tls);
      fs.writeFileSync(config, serverProperties(settings, logDir, tls), { mode: 0o600 });
      // Kafka reads a cluster id as 16 bytes in URL-safe base64.
      const scram = tls === undefined ? [] : scramUsers(tls);
      const format = ['format', '-t', secrets.get('kafkaClusterId').slice(0, 22), '-c', config, ...scram];
      const args = [
        '-Xmx128m',
        '-XX:TieredStopAtLevel=1',
        log4j,
        ...classpath,
        'kafka.tools.StorageTool',
        ...format,
      ];
      const hidden = (output: string) =>
        tls === undefined ? output : output.replaceAll(tls.password, '[secret]');
      await formatOnce(home, logDir, async () => {
        const result = await runCommand(java, args, FORMAT_TIMEOUT_MS, { env });
        return { ...result, output: hidden(result.output) };
      });
    },
  };
}

/** The mark is set when formatting has ended; without it nothing was ever stored, so a half-formatted folder starts over. */
async function formatOnce(home: string, logDir: string, format: () => Promise<CommandResult>): Promise<void> {
  const mark = path.join(home, 'formatted');
  if (fs.existsSync(mark)) return;
  fs.rmSync(logDir, { recursive: true, force: true });
  const result = await format();
  if (result.code !== 0) {
    throw new StackError(
      'PREPARE_FAILED',
      `Kafka's log folder could not be formatted:\n${result.output}`,
      'Check that Java runs and that the data folder can be written.',
    );
  }
  fs.writeFileSync(mark, '');
}
