import type { Subject } from '@fineprint/consent';
import { StreamError, systemClock } from '@fineprint/stream-runtime';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createConsentTable } from '../testing/consent-table.ts';
import { createConsentIndex } from './consent-index.ts';
import type { ConsentStore, Question, StoredConsent } from './consent-store.ts';

const said = (n: number, change: Partial<StoredConsent> = {}): StoredConsent => ({
  eventId: `event-${n}`,
  userId: 'ada',
  anonymousId: null,
  eventTimeMs: n,
  receivedMs: n,
  categories: { analytics: true },
  choices: { analytics: true },
  jurisdiction: null,
  method: null,
  policyVersion: null,
  expiresAtMs: null,
  source: 'test',
  properties: '{}',
  offset: n,
  ...change,
});

function createWorld({ maxSubjects = 1_000 } = {}) {
  const table = createConsentTable();
  const topic: StoredConsent[] = [];
  const asked: Question[] = [];
  let fails = 0;
  const answer = async <T>(effect: () => T): Promise<T> => {
    await Promise.resolve();
    if (fails > 0) {
      fails--;
      throw new StreamError('unavailable', 'away', { retriable: true });
    }
    return effect();
  };
  const store: ConsentStore = {
    record: (stretch, records) => answer(() => table.record(stretch, records)),
    positions: () => answer(table.positions),
    eachRecord: (onRecords) => answer(() => onRecords(table.rows())),
    ask: (question) => {
      asked.push(question);
      return answer(() => table.ask(question));
    },
  };
  const ends = vi.fn(async () => [{ partition: 0, high: topic.length }]);
  const readBack = vi.fn(async ({ partition, from, to }: { partition: number; from: number; to: number }) =>
    table.record({ partition, from, to }, topic.slice(from, to)),
  );
  /** Whoever asks about some subjects, each time of later events. */
  let nowMs = Date.now();
  const open = () => {
    const index = createConsentIndex({ ...{ store, readBack, ends, clock: systemClock, maxSubjects } });
    return async (users: readonly string[], devices: readonly string[] = [], receivedMs = ++nowMs) => {
      const ids = { users: new Set(users), devices: new Set(devices) };
      const known = await index.read({ receivedMs, ids: () => ids });
      const recordsOf = (subject: Subject | null) => subject?.records ?? [];
      return {
        isEmpty: known.isEmpty,
        users: users.map((id) => recordsOf(known.user(id))),
        devices: devices.map((id) => recordsOf(known.device(id))),
      };
    };
  };
  return {
    ...{ table, asked, ends, readBack, open },
    /** Kafka has it; whoever has the partition brings it in, or nobody does. */
    publish(change: Partial<StoredConsent> = {}, isBrought = true) {
      const record = said(topic.length, change);
      topic.push(record);
      const { offset } = record;
      if (isBrought) table.record({ partition: 0, from: offset, to: offset + 1 }, [record]);
      return record;
    },
    bring: (from: number) => table.record({ partition: 0, from, to: topic.length }, topic.slice(from)),
    failNext(times: number) {
      fails = times;
    },
  };
}

describe('the consent index', () => {
  it('has everybody at hand, and tells users and devices apart', async () => {
    const world = createWorld();
    const first = world.publish();
    const ask = world.open();
    const told = await ask(['ada', 'bob'], ['ada']);
    expect(told).toEqual({ isEmpty: false, users: [[first], []], devices: [[]] });
    await ask(['ada', 'x']);
    expect(world.asked).toEqual([]);
  });

  it('says that nobody has said anything, until somebody has', async () => {
    const world = createWorld();
    const ask = world.open();
    expect((await ask(['ada'])).isEmpty).toBe(true);
    world.publish();
    expect((await ask(['ada'])).isEmpty).toBe(false);
  });

  it('where it may not have everybody, asks for whom it has not, once', async () => {
    const world = createWorld({ maxSubjects: 2 });
    const [first] = [world.publish(), world.publish({ userId: 'bob' }), world.publish({ userId: 'eve' })];
    const ask = world.open();
    expect(await ask(['ada', 'zoe'], ['ada'])).toMatchObject({ users: [[first], []], devices: [[]] });
    await ask(['ada', 'zoe'], ['x']);
    expect(world.asked).toMatchObject([{ users: ['ada'], devices: [] }]);
  });

  it('sees what was said since, of subjects that are known and of new ones', async () => {
    for (const maxSubjects of [2, 1_000]) {
      const world = createWorld({ maxSubjects });
      const first = world.publish();
      const ask = world.open();
      await ask(['ada']);
      const second = world.publish({ anonymousId: 'device' });
      expect(await ask(['ada'], ['device'])).toMatchObject({ users: [[second, first]], devices: [[second]] });
      for (const userId of ['bob', 'eve', 'zoe']) world.publish({ userId });
      const told = await ask(['ada', 'zoe'], ['device']);
      expect(told.users.map((records) => records.length)).toEqual([2, 1]);
    }
  });

  it('looks at the topic once for all batches that come together, and not again for older events', async () => {
    const world = createWorld();
    const ask = world.open();
    const nowMs = Date.now();
    await Promise.all([ask(['ada'], [], nowMs), ask(['bob'], [], nowMs - 1), ask(['eve'], [], nowMs - 2)]);
    expect(world.ends).toHaveBeenCalledTimes(1);
    await ask(['ada'], [], nowMs - 1);
    expect(world.ends).toHaveBeenCalledTimes(1);
    await ask(['ada'], [], nowMs);
    expect(world.ends).toHaveBeenCalledTimes(2);
  });

  it('waits for what Kafka has and the store has not yet', async () => {
    const world = createWorld();
    const ask = world.open();
    const late = world.publish({}, false);
    setTimeout(() => world.bring(0), 60);
    expect((await ask(['ada'])).users).toEqual([[late]]);
    expect(world.readBack).not.toHaveBeenCalled();
  });

  it('reads back what nobody brings: a table that is new, or was restored', async () => {
    const world = createWorld();
    const one = world.publish({}, false);
    const two = world.publish({ userId: 'bob' });
    expect((await world.open()(['ada', 'bob'])).users).toEqual([[one], [two]]);
    expect(world.readBack).toHaveBeenCalledWith({ partition: 0, from: 0, to: 2 });
  });

  it('tells those who wait that the store is away, and goes on when it is back', async () => {
    const world = createWorld();
    const first = world.publish();
    const ask = world.open();
    world.failNext(1);
    await expect(ask(['ada'])).rejects.toMatchObject({ retriable: true });
    expect((await ask(['ada'])).users).toEqual([[first]]);
  });

  it('says so where the topic ends before what was read of it', async () => {
    const world = createWorld();
    world.table.record({ partition: 0, from: 0, to: 5 }, []);
    await expect(world.open()(['a'])).rejects.toMatchObject({ code: 'topic_recreated' });
  });

  it('in any order of questions and consents knows what the table knows, however little it may keep', async () => {
    const step = fc.record({
      user: fc.constantFrom('a', 'b', 'c', null),
      device: fc.constantFrom('x', 'y', null),
      isQuestion: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.constantFrom(1, 2, 4),
        async (steps, maxSubjects) => {
          const world = createWorld({ maxSubjects });
          const ask = world.open();
          let receivedMs = 0;
          for (const { user, device, isQuestion } of steps) {
            if (!isQuestion) {
              world.publish({ userId: user, anonymousId: device });
              continue;
            }
            const [u, d] = [user ?? 'nobody', device ?? 'nothing'];
            const [told, again] = await Promise.all([
              ask([u], [d], ++receivedMs),
              ask(['a'], [], receivedMs),
            ]);
            const expected = world.table.ask({ known: new Map(), users: [u, 'a'], devices: [d] });
            const ids = (records: readonly { eventId: string }[] = []) =>
              records.map((r) => r.eventId).sort();
            expect(ids(told.users[0])).toEqual(ids(expected.users.get(u)));
            expect(ids(told.devices[0])).toEqual(ids(expected.devices.get(d)));
            expect(ids(again.users[0])).toEqual(ids(expected.users.get('a')));
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
