import type { Lab } from '../lab.ts';
import { publishGarbage } from './garbage.ts';

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
          await publishGarbage(context, RECORDS);
          await context.sleep(HOLD_MS);
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
