import type { TopicName } from '@fineprint/topology';
import { describe, expect, it, vi } from 'vitest';
import { CLAIMED_EVENT, CLAIMED_HEADER } from './claimed.ts';
import { createClaims } from './claims.ts';
import type { PlacedWork } from './ledger.ts';
import type { AcknowledgedRun, OutputRecord } from './ports.ts';
import { endingsOf } from './testing/endings-of.ts';

const RAW = 'product.events.raw';
const DEAD = 'dead-letter.ingest-gateway';

const record = (topic: TopicName, as: string | null = CLAIMED_EVENT): OutputRecord => ({
  topic,
  key: null,
  value: Buffer.alloc(0),
  ...(as === null ? {} : { headers: { [CLAIMED_HEADER]: as } }),
});
const run = (topic: TopicName, firstOffset: number, kinds: readonly (string | null)[]): AcknowledgedRun => ({
  topic,
  partition: 0,
  firstOffset,
  records: kinds.map((as) => record(topic, as)),
});
const events = (n: number) => Array.from({ length: n }, () => CLAIMED_EVENT);

function harness(maxWaiting = 100) {
  let tick: () => void = () => undefined;
  const written: (readonly PlacedWork[])[] = [];
  const ledger = { write: vi.fn(async (works: readonly PlacedWork[]) => void written.push(works)) };
  const onForgotten = vi.fn();
  const onError = vi.fn();
  const clock = {
    nowMs: () => 5,
    after: (_ms: number, callback: () => void) => {
      tick = callback;
      return () => undefined;
    },
  };
  const claims = createClaims({ ledger, clock, intervalMs: 250, maxWaiting, onError, onForgotten });
  const stretches = () =>
    written.flat().map((w) => [w.topic, w.firstOffset, w.nextOffset, endingsOf(w.account)]);
  return {
    claims,
    ledger,
    stretches,
    onForgotten,
    onError,
    tick: async () => {
      tick();
      await vi.waitFor(() => expect(onError).toHaveBeenCalled());
    },
  };
}

describe('claims', () => {
  it('joins runs that lie one after another, and leaves a gap where others wrote', async () => {
    const { claims, stretches } = harness();
    claims.acknowledged([run(RAW, 10, events(2))]);
    claims.acknowledged([run(RAW, 12, events(3)), run(RAW, 20, events(1))]);
    await claims.close();
    expect(stretches()).toEqual([
      [RAW, 10, 15, { [`published ${RAW}`]: 5 }],
      [RAW, 20, 21, { [`published ${RAW}`]: 1 }],
    ]);
  });

  it('tells dead letters by their codes, and nothing of records without the header', async () => {
    const { claims, stretches } = harness();
    claims.acknowledged([run(DEAD, 0, ['too_large', 'malformed', 'too_large']), run(RAW, 3, [null])]);
    await claims.close();
    expect(stretches()).toEqual([
      [DEAD, 0, 3, { 'dead_lettered too_large': 2, 'dead_lettered malformed': 1 }],
    ]);
  });

  it('tries again what could not be written, and never fails its caller', async () => {
    const { claims, ledger, stretches, onError, tick } = harness();
    ledger.write.mockRejectedValueOnce(new Error('away'));
    claims.acknowledged([run(RAW, 0, events(1))]);
    await tick();
    expect(onError).toHaveBeenCalledOnce();
    claims.acknowledged([run(RAW, 1, events(1))]);
    await claims.close();
    expect(stretches()).toEqual([[RAW, 0, 2, { [`published ${RAW}`]: 2 }]]);
  });

  it('is bounded: what does not fit any more is counted', async () => {
    const { claims, stretches, onForgotten } = harness(1);
    claims.acknowledged([run(RAW, 0, events(1)), run(RAW, 5, events(4))]);
    await claims.close();
    expect(stretches()).toHaveLength(1);
    expect(onForgotten).toHaveBeenCalledWith(4);
  });
});
