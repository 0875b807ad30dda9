import type { TopicAdmin } from '@fineprint/stream-runtime';
import { nodes, openTopics } from '@fineprint/topology';
import type { Lab, LabContext } from '../lab.ts';
import { publishGarbage } from './garbage.ts';
import { recordsByKey } from './input/dead-letters.ts';

const TOPIC = 'dead-letter.pii-scrubber';
const SETTINGS = { replicationFactor: 1, rawRetentionHours: 72 };
const HOLD_MS = 10_000;
const RECORDS = 20;

export const deadLetterRefused: Lab = {
  name: 'dead-letter-refused',
  title: 'Kafka refuses what is written to the dead letter (its limit is set below every record)',
  kind: 'fault',
  passes: 'no position is committed beyond a record that has no dead letter yet',
  takesMs: 40_000,
  async run(context) {
    const admin = await context.target.kafka.admin();
    try {
      await context.fault('refuse writes to the dead letter', async () => {
        await admin.overrideTopic(TOPIC, SETTINGS, { 'max.message.bytes': '1' });
        try {
          const sinceMs = Date.now();
          await publishGarbage(context, RECORDS);
          await context.sleep(HOLD_MS);
          await checkHeld(context, admin, sinceMs);
        } finally {
          await admin.applyTopology(SETTINGS);
        }
      });
    } finally {
      await admin.close();
    }
    await context.sleep(3_000);
  },
};

/** The scrubber's position stands before every record whose dead letter was refused. */
async function checkHeld(
  { target, book, check, figure }: LabContext,
  admin: TopicAdmin,
  sinceMs: number,
): Promise<void> {
  const placed = await recordsByKey(target, openTopics, sinceMs, (key) => book.garbageKeys.has(key));
  const { group } = nodes['pii-scrubber'];
  const committed = new Map<string, number>();
  for (const topic of openTopics)
    for (const { partition, nextOffset } of await admin.committed(group, topic))
      committed.set(`${topic}/${partition}`, nextOffset ?? 0);
  const beyond = [...placed.values()].filter(
    ({ topic, partition, offset }) => (committed.get(`${topic}/${partition}`) ?? 0) > offset,
  );
  const places = beyond.map(({ topic, partition, offset }) => `${topic}/${partition} at ${offset}`);
  check(
    'no position is committed beyond a refused record',
    beyond.length === 0,
    places.slice(0, 5).join(', '),
  );
  figure('refused_records_held', placed.size - beyond.length);
}
