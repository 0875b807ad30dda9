import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ageOfUnread, readKafka } from './read-kafka.ts';

const NOW = 1_800_000_000_000;

/** A partition whose record number i was received at `times[i]`. */
const adminOf = (times: readonly number[]) => {
  let asked = 0;
  return {
    asked: () => asked,
    offsetsSince: async (_topic: string, sinceMs: number) => {
      asked++;
      const offset = times.findIndex((t) => t >= sinceMs);
      return [{ partition: 0, offset: offset < 0 ? times.length : offset }];
    },
  };
};

it('finds how old the oldest unread record is, to the next rung, with few questions', async () => {
  const agesMs = fc.integer({ min: 0, max: 80_000_000 });
  await fc.assert(
    fc.asyncProperty(fc.array(agesMs, { minLength: 1, maxLength: 20 }), fc.nat(19), async (ages, at) => {
      const times = ages.map((a) => NOW - a).sort((a, b) => a - b);
      const committed = Math.min(at, times.length - 1);
      const admin = adminOf(times);
      const found = await ageOfUnread(admin, 'product.events.clean', [{ partition: 0, committed }], NOW);
      const trueMs = NOW - (times[committed] ?? 0);
      expect(found).toBeGreaterThanOrEqual(trueMs);
      expect(found).toBeLessThanOrEqual(Math.max(2_000, trueMs * 3.01));
      expect(admin.asked()).toBeLessThanOrEqual(6);
    }),
  );
});

it('reads each group and topic once, and leaves out what nobody uses', async () => {
  const asked: string[] = [];
  const look = await readKafka(
    {
      watermarks: async (topic) => {
        asked.push(topic);
        return [{ partition: 0, low: 5, high: 25 }];
      },
      positions: async (group, topics) =>
        topics.map((topic) => ({
          topic,
          partition: 0,
          nextOffset:
            group === 'fineprint.pii-scrubber' ? 20 : group === 'fineprint.ai-aggregator' ? 2 : null,
        })),
      groupStates: async (groups) =>
        groups.map((group) => ({
          group,
          state: 'Stable',
          members: /mixpanel|amplitude|segment|webhooks|snowflake/.test(group) ? 0 : 1,
        })),
      offsetsSince: async () => [],
    },
    () => NOW,
  );
  expect(new Set(asked).size).toBe(asked.length);
  expect(asked).not.toContain('replay.forwarder-mixpanel');
  expect(asked).toContain('replay.warehouse-loader');
  const lagOf = (stage: string) => look.positions.filter((p) => p.stage === stage).map((p) => p.lag);
  expect(lagOf('pii-scrubber')).toEqual([5, 5, 5, 5]);
  expect(lagOf('ai-aggregator')).toEqual([20]); // what Kafka has deleted is not waited for
  expect(lagOf('funnel-builder')).toEqual([20]); // nothing read yet: from the first that is there
});
