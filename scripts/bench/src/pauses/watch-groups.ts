import { setTimeout as sleep } from 'node:timers/promises';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import { nodes, type TopicName } from '@fineprint/topology';
import { createLongestWait, type LongestWait } from './longest-wait.ts';

/** Services that read topics, and of what they read that to which the load gives records all the time. */
export const WATCHED = {
  'pii-scrubber': ['product.events.raw', 'ai.requests.raw'],
  'funnel-builder': ['product.events.clean'],
  'ai-aggregator': ['ai.requests.clean'],
  'person-builder': ['subject.behaviour'],
  'warehouse-loader': ['product.events.clean', 'ai.requests.clean'],
} as const satisfies Record<string, readonly TopicName[]>;

export type Watched = keyof typeof WATCHED;

const LOOK_EVERY_MS = 100;

/** Looks at the committed places of some services' groups all the time. */
export function watchGroups(
  admin: TopicAdmin,
): LongestWait & { only(services: readonly Watched[]): void; stop(): Promise<void> } {
  const wait = createLongestWait();
  let services: readonly Watched[] = [];
  let stopping = false;
  const look = async (service: Watched) => {
    for (const topic of WATCHED[service]) {
      const committed = await admin.committed(nodes[service].group, topic);
      const ends = await admin.watermarks(topic);
      const nowMs = performance.now();
      for (const [i, { partition, low, high }] of ends.entries())
        wait.observe(service, `${topic}/${partition}`, committed[i]?.nextOffset ?? low, high, nowMs);
    }
  };
  const run = async () => {
    while (!stopping) {
      // Kafka is never away here; a look that fails ends the bench.
      for (const service of services) await look(service);
      await sleep(LOOK_EVERY_MS);
    }
  };
  const running = run();
  return {
    ...wait,
    only(chosen) {
      services = chosen;
      wait.reset();
    },
    async stop() {
      stopping = true;
      await running;
    },
  };
}
