import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type KafkaNow, planPositions, readers } from './plan-positions.ts';

const LOADER = 'fineprint.warehouse-loader';
const SCRUBBER = 'fineprint.pii-scrubber';
const CLEAN = 'product.events.clean';
const RAW = 'product.events.raw';

const at = (group: string, topic: string, nextOffset: number | null) => ({
  group,
  topic,
  partition: 0,
  nextOffset,
});
const kafka = (
  reach: Readonly<Record<string, readonly [number, number]>>,
  positions: KafkaNow['positions'] = [],
): KafkaNow => ({
  positions,
  reach: (topic) => (reach[topic] ? [{ partition: 0, low: reach[topic][0], high: reach[topic][1] }] : []),
});

it('takes back who fills the restored stores, and nobody else', () => {
  const backup = [at(LOADER, CLEAN, 10), at(SCRUBBER, RAW, 12)];
  const now = kafka({ [CLEAN]: [0, 90], [RAW]: [0, 90] }, [at(LOADER, CLEAN, 80), at(SCRUBBER, RAW, 85)]);
  expect(planPositions(backup, now)).toEqual({
    moves: [{ group: LOADER, topic: CLEAN, partition: 0, offset: 10 }],
    expired: [],
  });
});

it('gives back what Kafka has forgotten, and begins where the backup had nothing yet', () => {
  const backup = [at(LOADER, CLEAN, null), at(SCRUBBER, RAW, 12)];
  const reach = { [CLEAN]: [3, 90], [RAW]: [20, 90] } as const;
  expect(planPositions(backup, kafka(reach, [at(LOADER, CLEAN, 80)]))).toEqual({
    moves: [
      { group: SCRUBBER, topic: RAW, partition: 0, offset: 20 },
      { group: LOADER, topic: CLEAN, partition: 0, offset: 3 },
    ],
    expired: [],
  });
  expect(planPositions(backup, kafka(reach)).moves).toHaveLength(1);
});

it('names what has expired, and refuses a Kafka that is behind', () => {
  const backup = [at(LOADER, CLEAN, 10)];
  expect(planPositions(backup, kafka({ [CLEAN]: [15, 90] })).expired).toEqual([
    { group: LOADER, topic: CLEAN, partition: 0, from: 10, to: 15 },
  ]);
  expect(planPositions(backup, kafka({ [CLEAN]: [10, 10] })).expired).toEqual([]);
  expect(() => planPositions(backup, kafka({ [CLEAN]: [0, 9] }))).toThrow(
    expect.objectContaining({ code: 'kafka_behind' }),
  );
});

it('never moves a group that fills a store beyond the backup, but over what is not there any more', () => {
  const groups = readers.filter((r) => r.isRestored);
  expect(groups.map((r) => r.group).sort()).toEqual([
    'fineprint.alert-manager',
    'fineprint.person-builder',
    'fineprint.postgres-loader',
    'fineprint.warehouse-loader',
  ]);
  fc.assert(
    fc.property(fc.nat(50), fc.nat(50), fc.nat(50), fc.option(fc.nat(200)), (was, gone, more, is) => {
      const low = gone;
      const high = Math.max(was, low) + more;
      const now = kafka({ [CLEAN]: [low, high] }, is === null ? [] : [at(LOADER, CLEAN, is)]);
      const { moves, expired } = planPositions([at(LOADER, CLEAN, was)], now);
      const [move] = moves.filter((m) => m.group === LOADER);
      expect(move?.offset).toBe(Math.max(was, low));
      expect(expired.length > 0).toBe(low > was);
    }),
  );
});
