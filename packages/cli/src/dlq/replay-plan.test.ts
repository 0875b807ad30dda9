import { expect, test } from 'vitest';
import { toCases } from './cases.ts';
import { batchesOf } from './execute-replay.ts';
import { planReplay } from './replay-plan.ts';
import { sampleLetter } from './testing.ts';
import { type FullLetter, type ReplayWay, refuseAll } from './ways.ts';

const takes: ReplayWay = { refusalOf: () => null, send: () => Promise.resolve([]) };
const wayOf = (stage: string) => (stage === 'pii-scrubber' ? takes : refuseAll('rebuild_instead'));

const letters = [
  sampleLetter({ id: 'new', failedAtMs: 3_000, eventName: 'signup' }),
  sampleLetter({ id: 'old', failedAtMs: 1_000, code: 'invalid_json', path: '$.context' }),
  sampleLetter({ id: 'done', failedAtMs: 2_000 }),
  sampleLetter({ id: 'state', failedAtMs: 2_500, stage: 'ai-aggregator', sourceTopic: 'ai.requests.clean' }),
];
const cases = toCases(letters, new Map([['done', { failedAtMs: 2_000, replayedAt: new Date() }]]));
const plan = (filter: Parameters<typeof planReplay>[1], limit?: number) => {
  const { send, already, refused } = planReplay(cases, filter, wayOf, limit);
  return [send.map((c) => c.letter.id), already, refused.map((r) => [r.case.letter.id, r.reason])];
};

test('the oldest first; what was replayed is counted, what cannot go back says why', () => {
  expect(plan({})).toEqual([['old', 'new'], 1, [['state', 'rebuild_instead']]]);
  expect(plan({}, 1)).toEqual([['old'], 1, []]);
});

test('each filter narrows', () => {
  expect(plan({ stage: 'ai-aggregator' })[0]).toEqual([]);
  expect(plan({ reason: 'invalid_json' })[0]).toEqual(['old']);
  expect(plan({ event: 'signup' })[0]).toEqual(['new']);
  expect(plan({ topic: 'product.events.raw', sinceMs: 2_000 })[0]).toEqual(['new']);
  expect(plan({ untilMs: 3_000 })[0]).toEqual(['old']);
  expect(plan({ id: 'OLD' })[0]).toEqual(['old']);
  expect(plan({ id: 'nobody' })).toEqual([[], 0, []]);
});

test('batches: of one stage, bounded in number and bytes, nothing left out', () => {
  const full = (stage: string, bytes: number): FullLetter =>
    ({ record: { stage, value: Buffer.alloc(bytes) }, rootId: '' }) as unknown as FullLetter;
  const list = [
    ...Array.from({ length: 250 }, () => full('a', 1)),
    full('b', 5 << 20),
    full('b', 3 << 20),
    full('b', 3 << 20),
  ];
  const batches = batchesOf(list);
  expect(batches.map((b) => b.length)).toEqual([200, 50, 1, 1, 1]);
  expect(batches.flat()).toEqual(list);
});
