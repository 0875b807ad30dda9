import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import type { RecordWriter, SnapshotReader } from '../ports.ts';
import { createTopicAdmin, type TopicAdmin } from './admin.ts';
import { type Compression, DEFAULT_COMPRESSION } from './compression.ts';
import { type ConsumerOptions, createGroupConsumer, type KafkaGroupConsumer } from './consumer.ts';
import { explainRefusal } from './explain-refusal.ts';
import { type OffsetRange, type ReadRangeOptions, readOffsets, readRange } from './read-range.ts';
import { createSnapshotReader } from './snapshot-reader.ts';
import { createKafkaWriter, type WriterOptions } from './writer.ts';

/** Where Kafka is and how to be let in. */
export interface KafkaSettings {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: NonNullable<KafkaConfig['ssl']>;
  readonly sasl?: NonNullable<KafkaConfig['sasl']>;
  /** What is written is compressed so; anything can be read. `lz4` where nothing is said. */
  readonly compression?: Compression;
}

/** Takes the client's own log lines; they name brokers, topics and errors, never records. */
export type KafkaLog = (level: 'error' | 'warn' | 'info' | 'debug', message: string, fields: object) => void;

/** A connection to one Kafka cluster. */
export interface KafkaConnection {
  writer(options?: Partial<WriterOptions>): Promise<RecordWriter>;
  consumer(options: ConsumerOptions): KafkaGroupConsumer;
  admin(): Promise<TopicAdmin>;
  /** Reads a stretch of topics outside any consumer group of ours. */
  readRange(options: ReadRangeOptions): Promise<void>;
  /** Reads exactly these stretches of partitions, outside any consumer group of ours. */
  readOffsets(ranges: readonly OffsetRange[], onRecords: ReadRangeOptions['onRecords']): Promise<void>;
  snapshotReader(): SnapshotReader;
}

const LEVELS = {
  [logLevel.ERROR]: 'error',
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'info',
  [logLevel.DEBUG]: 'debug',
} as const;

export function connectKafka(settings: KafkaSettings, log: KafkaLog): KafkaConnection {
  const kafka = new Kafka({
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    ...(settings.ssl === undefined ? {} : { ssl: settings.ssl }),
    ...(settings.sasl === undefined ? {} : { sasl: settings.sasl }),
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    enforceRequestTimeout: true,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      const { message, timestamp: _timestamp, logger: _logger, ...fields } = entry.log;
      log(LEVELS[entry.level as keyof typeof LEVELS] ?? 'debug', message, fields);
    },
  });
  const { compression = DEFAULT_COMPRESSION } = settings;
  const explained = <T>(work: Promise<T>): Promise<T> =>
    work.catch(async (error: unknown) => {
      throw await explainRefusal(settings, error);
    });
  return {
    writer: (options) => explained(createKafkaWriter(kafka, { compression, ...options })),
    consumer: (options) => createGroupConsumer(kafka, options),
    admin: () => explained(createTopicAdmin(kafka)),
    readRange: (options) => explained(readRange(kafka, options)),
    readOffsets: (ranges, onRecords) => explained(readOffsets(kafka, ranges, onRecords)),
    snapshotReader: () => createSnapshotReader(kafka),
  };
}
