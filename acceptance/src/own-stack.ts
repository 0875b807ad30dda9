import fs from 'node:fs';
import path from 'node:path';
import { openStack, type PartName, REPO_DIR, type Stack } from '@fineprint/stack';
import { takeTestSlot } from '@fineprint/stack/testing';
import { connectKafka, type TopicAdmin } from '@fineprint/stream-runtime';

/** Parts that a test may stop, and a second Kafka at the same address with another identity. */
export interface OwnStack {
  readonly stack: Stack;
  up(...parts: PartName[]): Promise<void>;
  down(...parts: PartName[]): Promise<void>;
  /** Kafka is stopped first, and afterwards runs with nothing in it; by `identity` as the same cluster or another one. */
  replaceKafka(identity: 'same' | 'other'): Promise<void>;
  withTopics<T>(work: (admin: TopicAdmin) => Promise<T>): Promise<T>;
  createTopics(): Promise<void>;
  close(): Promise<void>;
}

export async function openOwnStack(): Promise<OwnStack> {
  const slot = takeTestSlot(REPO_DIR);
  const envOf = (dataDir: string) => ({
    ...process.env,
    FINEPRINT_DATA_DIR: dataDir,
    FINEPRINT_PORT_OFFSET: String(slot.portOffset),
  });
  const otherDir = `${slot.dataDir}-other`;
  const open = async (dataDir: string) => {
    await (await openStack(envOf(dataDir))).erase();
    fs.rmSync(dataDir, { recursive: true, force: true });
    return openStack(envOf(dataDir));
  };
  const stack = await open(slot.dataDir);
  const other = await open(otherDir);
  const withTopics: OwnStack['withTopics'] = async (work) => {
    const settings = { brokers: stack.endpoints.kafkaBrokers.split(','), clientId: 'own-stack' };
    const admin = await connectKafka(settings, () => undefined).admin();
    return work(admin).finally(() => admin.close());
  };
  return {
    stack,
    up: (...parts) => stack.up({ parts }),
    down: (...parts) => stack.stop(parts),
    async replaceKafka(identity) {
      await Promise.all([stack.stop(['kafka']), other.stop(['kafka'])]);
      const next = identity === 'same' ? stack : other;
      fs.rmSync(path.join(next.settings.dataDir, 'kafka'), { recursive: true, force: true });
      await next.up({ parts: ['kafka'] });
    },
    withTopics,
    createTopics: () =>
      withTopics(async (admin) => {
        await admin.applyTopology({ replicationFactor: 1, rawRetentionHours: 72 });
      }),
    async close() {
      await other.down();
      await stack.down();
      slot.lock.release();
    },
  };
}
