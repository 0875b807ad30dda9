import type { TopicAdmin } from '@fineprint/stream-runtime';
import type { TopicName } from '@fineprint/topology';
import type { KafkaLook, PipelineLook, Position, Said } from './look.ts';
import { createRates, type Rates } from './rates.ts';
import { ageOfUnread, readKafka, waitingOf } from './read-kafka.ts';

/** A look at everything that moves, with how fast it does. */
export interface PipelineSight {
  readonly look: PipelineLook;
  /** Null where Kafka does not answer. */
  readonly rates: Rates | null;
}

/** Looks at Kafka and the services when somebody asks, for all who ask together. */
export interface PipelineWatch {
  see(): Promise<PipelineSight>;
  close(): Promise<void>;
}

export interface WatchOptions {
  /** Null where no Kafka is named in the settings. */
  readonly connect: (() => Promise<TopicAdmin>) | null;
  readonly askServices: () => Promise<readonly Said[]>;
  readonly nowMs: () => number;
  readonly onError: (error: unknown) => void;
}

interface KafkaSight {
  readonly kafka: KafkaLook;
  readonly oldestMs: ReadonlyMap<string, number>;
}

/** Whoever asks within this time shares a look. */
const SHARED_MS = 1_000;
/** A broker that hangs must not hold up the page. */
const KAFKA_TIMEOUT_MS = 8_000;
/** A look that is under way for longer leaves the one before it standing, if that is no older than this. */
const STILL_GOOD_MS = 20_000;
/** Of one look: what waits in more places is told without its age. */
const MAX_AGES = 40;

export function startPipelineWatch(options: WatchOptions): PipelineWatch {
  const { nowMs } = options;
  const rates = createRates();
  const ages = new Map<string, { at: string; sinceMs: number }>();
  let admin: TopicAdmin | null = null;
  let latest: { readonly atMs: number; readonly sight: Promise<PipelineSight> } | null = null;
  let underWay: Promise<KafkaSight | null> | null = null;
  let before: KafkaSight | null = null;
  let closed = false;

  const drop = async (): Promise<void> => {
    const spent = admin;
    admin = null; // the next look begins with the addresses that were given
    await spent?.close().catch(() => undefined); // it is of no use any more
  };

  /** How long the oldest unread record of each stage and topic has waited. Where a group stands still, its age is known. */
  const agesOf = async (kafka: KafkaLook, from: TopicAdmin): Promise<Map<string, number>> => {
    const waiting = [...waitingOf(kafka.positions)].slice(0, MAX_AGES);
    const found = await Promise.all(
      waiting.map(async ([key, positions]) => [key, await ageOf(key, positions, kafka.atMs, from)] as const),
    );
    for (const key of ages.keys()) if (!found.some(([k]) => k === key)) ages.delete(key);
    return new Map(found);
  };
  const ageOf = async (key: string, positions: readonly Position[], atMs: number, from: TopicAdmin) => {
    const at = positions.map((p) => `${p.partition}:${p.committed}`).join(' ');
    const known = ages.get(key);
    if (known?.at === at) return atMs - known.sinceMs;
    const topic = positions[0]?.topic as TopicName;
    const ageMs = await ageOfUnread(from, topic, positions, atMs);
    ages.set(key, { at, sinceMs: atMs - ageMs });
    return ageMs;
  };

  const lookAtKafka = async (connect: () => Promise<TopicAdmin>): Promise<KafkaSight | null> => {
    try {
      admin ??= await connect();
      const from = admin;
      const kafka = await readKafka(from, nowMs);
      before = { kafka, oldestMs: await agesOf(kafka, from) };
      return before;
    } catch (error) {
      before = null;
      options.onError(error);
      await drop();
      return null;
    }
  };
  /** One look at a time: one that takes longer than a question may wait is waited for by the next, too. */
  const shareKafka = async (): Promise<KafkaSight | null> => {
    if (options.connect === null || closed) return null;
    underWay ??= lookAtKafka(options.connect).finally(() => {
      underWay = null;
    });
    return await withinTime(underWay, KAFKA_TIMEOUT_MS, () =>
      before !== null && nowMs() - before.kafka.atMs < STILL_GOOD_MS ? before : null,
    );
  };
  const see = async (): Promise<PipelineSight> => {
    const atMs = nowMs();
    const [found, said] = await Promise.all([shareKafka(), options.askServices()]);
    const look = { atMs, kafka: found?.kafka ?? null, said, oldestMs: found?.oldestMs ?? new Map() };
    return { look, rates: found === null ? null : rates.observe(found.kafka) };
  };

  return {
    see() {
      const atMs = nowMs();
      if (latest === null || atMs - latest.atMs >= SHARED_MS) latest = { atMs, sight: see() };
      return latest.sight;
    },
    async close() {
      closed = true;
      await underWay;
      await drop();
    },
  };
}

/** What takes longer is answered otherwise; it ends by its own timeout. */
async function withinTime<T>(work: Promise<T>, timeoutMs: number, otherwise: () => T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise()), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
