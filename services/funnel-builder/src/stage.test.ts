import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { expectedFrom } from './testing/expected.ts';
import { define, Harness, OUTPUT, PARTITIONS, T0 } from './testing/harness.ts';

let pipeline: Harness;
beforeEach(() => {
  pipeline = new Harness();
});
afterEach(() => pipeline.stop());

const checkout = (version: number, last = 'buy') =>
  define('funnel', version, {
    name: 'checkout',
    windowMs: 60_000,
    steps: [{ event: 'view' }, { event: 'cart' }, { event: last }],
  });
const buyers = define('cohort', 1, { name: 'buyers', rule: { type: 'event', event: 'buy', atLeast: 2 } });

const steps = (user: string, ...names: string[]) =>
  names.forEach((name, i) => {
    pipeline.publish({ user_id: user, event_name: name, event_time: T0 + i * 1_000 });
  });
const restart = async () => {
  await pipeline.stop();
  await pipeline.start();
};
const settled = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 5_000, interval: 2 });
/** What is published equals what the sent events say about the definitions in force, and nothing else is there. */
const agrees = () =>
  settled(async () => {
    const published = await pipeline.view();
    const inForce = pipeline.inForce ?? [];
    expect(published.known(inForce)).toEqual(expectedFrom(pipeline.sent, inForce));
    expect(published.marked(PARTITIONS)).toEqual(
      inForce.map((d) => `${d.kind}:${d.name} ${d.version}`).sort(),
    );
  });

describe('funnel-builder', () => {
  it('counts for each raw subject where its events lie, and says who was identified as whom', async () => {
    pipeline.inForce = [checkout(1), buyers];
    steps('ann', 'view', 'cart', 'buy');
    pipeline.publish({ user_id: null, anonymous_id: 'device', event_name: 'view' }, 3);
    pipeline.publish(
      { user_id: 'ann', anonymous_id: 'device', event_name: 'buy', event_time: T0 + 9_000 },
      3,
    );
    for (const at of [5_000, 2_000, 8_000])
      pipeline.publish({ kind: 'identify', user_id: 'ann', anonymous_id: 'device', event_time: T0 + at }, 3);
    pipeline.publish({ user_id: null, anonymous_id: null }, 3);
    await pipeline.start();
    await agrees();
    expect((await pipeline.view()).known(pipeline.inForce ?? [])['3 link ann 0 a:device']).toBe(T0 + 2_000);
  });

  it('goes on from its snapshots; late and repeated events change what they should', async () => {
    pipeline.inForce = [checkout(1), buyers];
    steps('ann', 'cart', 'buy');
    await pipeline.start();
    await agrees();
    const [first] = pipeline.sent;
    await pipeline.stop();
    pipeline.publish({ user_id: 'ann', event_name: 'view', event_time: T0 - 1_000 }, 0, 2); // late, and written twice
    pipeline.publish(first?.event ?? {}); // beyond the scrubber's memory: the same event again
    await pipeline.start();
    await agrees();
    expect((await pipeline.view()).known(pipeline.inForce ?? [])['0 funnel checkout 1 u:ann']).toMatchObject({
      best: { level: 3 },
    });
  });

  it('counts the history of what is new, also where no event comes, and forgets what is gone', async () => {
    steps('ann', 'view', 'cart', 'sign');
    steps('bob', 'view', 'buy');
    pipeline.publish({ user_id: 'cat', event_name: 'cart' }, 5, 2);
    await pipeline.start();
    await agrees();
    pipeline.inForce = [checkout(1)];
    await agrees();
    expect(pipeline.histories).toHaveLength(PARTITIONS);
    pipeline.inForce = [checkout(2, 'sign'), buyers];
    await agrees();
    steps('bob', 'cart', 'sign');
    await pipeline.consumer.poll();
    await agrees();
    pipeline.inForce = [buyers];
    await agrees();
    expect(Object.keys((await pipeline.view()).known(pipeline.inForce ?? []))).toEqual([
      '0 cohort buyers 1 u:bob',
    ]);
    pipeline.histories.length = 0;
    await restart();
    await agrees();
    expect(pipeline.histories).toEqual([]);
  });

  it('counts a history again when a crash came before all of it was published', async () => {
    steps('ann', 'view', 'cart', 'buy');
    await pipeline.start();
    await agrees();
    const write = pipeline.log.write;
    const spy = vi.spyOn(pipeline.log, 'write').mockImplementation((records) => {
      const markers = records.filter((r) => r.key?.toString().startsWith('["definition"'));
      return markers.length > 0 ? new Promise(() => undefined) : write(records);
    });
    pipeline.inForce = [checkout(1)];
    await settled(async () =>
      expect(Object.keys((await pipeline.view()).known(pipeline.inForce ?? []))).toHaveLength(1),
    );
    pipeline.crash();
    spy.mockRestore();
    pipeline.histories.length = 0;
    await pipeline.start();
    await agrees();
    expect(pipeline.histories).toHaveLength(PARTITIONS);
  });

  it('waits for Postgres at the start, and goes on with what it knows when Postgres leaves', async () => {
    pipeline.postgresIsAway = true;
    pipeline.inForce = null;
    steps('ann', 'view');
    await pipeline.start();
    await settled(() => expect(pipeline.refreshes).toBeGreaterThan(PARTITIONS));
    expect(pipeline.log.all(OUTPUT)).toHaveLength(0);
    pipeline.inForce = [checkout(1)];
    await agrees();
    steps('ann', 'cart');
    await restart(); // what it knows explains what was published
    await agrees();
  });

  it('takes nothing away by the word of definitions that are older than what was published', async () => {
    pipeline.inForce = [checkout(2)];
    steps('ann', 'view');
    await pipeline.start();
    await agrees();
    const published = pipeline.log.all(OUTPUT).length;
    await pipeline.stop();
    pipeline.postgresIsAway = true;
    pipeline.inForce = [checkout(1, 'sign')];
    await pipeline.start();
    await settled(() => expect(pipeline.refreshes).toBeGreaterThan(2 * PARTITIONS));
    expect(pipeline.log.all(OUTPUT)).toHaveLength(published);
    pipeline.inForce = [checkout(2)];
    pipeline.postgresIsAway = false;
    await agrees();
  });

  it('that is full refuses new states and settles early, and says so', async () => {
    pipeline.limitBytes = 700;
    pipeline.inForce = [checkout(1), buyers];
    steps('ann', ...Array.from({ length: 40 }, () => 'view'));
    await pipeline.start();
    await settled(() => expect(pipeline.committed(0)).toBe(40));
    steps('ann', 'view');
    steps('bob', 'view', 'buy');
    await pipeline.consumer.poll();
    await settled(() => expect(pipeline.committed(0)).toBe(43));
    expect(pipeline.refused).toBe(3);
    const states = (await pipeline.view()).records().filter((r) => r.kind === 'funnel');
    expect(states.map((r) => r.subject)).toEqual(['u:ann']);
    // How many came after it settled depends on how often the state was written between them.
    expect(JSON.parse(states[0]?.state ?? '').overflowed).toBeGreaterThanOrEqual(1);
  });
});
