import { StreamError, systemClock } from '@fineprint/stream-runtime';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createConsentTable } from '../testing/consent-table.ts';
import { createConsentIndex, deviceKey, userKey } from './consent-index.ts';
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
    eachSubject: (onIds) => answer(() => onIds(table.subjects().users, table.subjects().devices)),
    ask: (question) => {
      asked.push(question);
      return answer(() => table.ask(question));
    },
  };
  const readBack = vi.fn(async ({ partition, from, to }: { partition: number; from: number; to: number }) =>
    table.record({ partition, from, to }, topic.slice(from, to)),
  );
  const open = () =>
    createConsentIndex({
      ...{ store, readBack, clock: systemClock, maxSubjects },
      ends: async () => [{ partition: 0, high: topic.length }],
    });
  return {
    ...{ table, asked, readBack, open },
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

const keys = (...list: string[]) => new Set(list);

describe('the consent index', () => {
  it('asks for what it has not at hand, once, and tells users and devices apart', async () => {
    const world = createWorld();
    const first = world.publish();
    const index = world.open();
    const read = await index.read(keys(userKey('ada'), deviceKey('ada'), userKey('bob')));
    expect([read(userKey('ada')), read(deviceKey('ada')), read(userKey('bob'))]).toEqual([[first], [], []]);
    expect(world.asked).toMatchObject([{ users: ['ada'], devices: [] }]);
    await index.read(keys(userKey('ada'), deviceKey('x'), userKey('bob')));
    expect(world.asked).toHaveLength(1);
  });

  it('sees what was said since, of subjects at hand and of new ones', async () => {
    const world = createWorld();
    const first = world.publish();
    const index = world.open();
    await index.read(keys(userKey('ada')));
    const second = world.publish({ anonymousId: 'device' });
    const read = await index.read(keys(userKey('ada'), deviceKey('device')));
    expect(read(userKey('ada'))).toEqual([second, first]);
    expect(read(deviceKey('device'))).toEqual([second]);
    expect(world.asked.at(-1)).toMatchObject({ users: [], devices: [] });
  });

  it('waits for what Kafka has and the store has not yet', async () => {
    const world = createWorld();
    const index = world.open();
    const late = world.publish({}, false);
    setTimeout(() => world.bring(0), 60);
    const read = await index.read(keys(userKey('ada')));
    expect(read(userKey('ada'))).toEqual([late]);
    expect(world.readBack).not.toHaveBeenCalled();
  });

  it('reads back what nobody brings: a table that is new, or was restored', async () => {
    const world = createWorld();
    const one = world.publish({}, false);
    const two = world.publish({ userId: 'bob' });
    const read = await world.open().read(keys(userKey('ada'), userKey('bob')));
    expect([read(userKey('ada')), read(userKey('bob'))]).toEqual([[one], [two]]);
    expect(world.readBack).toHaveBeenCalledWith({ partition: 0, from: 0, to: 2 });
  });

  it('tells those who wait that the store is away, and goes on when it is back', async () => {
    const world = createWorld();
    const first = world.publish();
    const index = world.open();
    world.failNext(1);
    await expect(index.read(keys(userKey('ada')))).rejects.toMatchObject({ retriable: true });
    expect((await index.read(keys(userKey('ada'))))(userKey('ada'))).toEqual([first]);
  });

  it('says so where the topic ends before what was read of it', async () => {
    const world = createWorld();
    world.table.record({ partition: 0, from: 0, to: 5 }, []);
    await expect(world.open().read(keys('u:a'))).rejects.toMatchObject({ code: 'topic_recreated' });
  });

  it('in any order of questions and consents knows what the table knows, however little it may keep', async () => {
    const step = fc.record({
      user: fc.constantFrom('a', 'b', 'c', null),
      device: fc.constantFrom('x', 'y', null),
      isQuestion: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const world = createWorld({ maxSubjects: 4 });
        const index = world.open();
        for (const { user, device, isQuestion } of steps) {
          if (!isQuestion) {
            world.publish({ userId: user, anonymousId: device });
            continue;
          }
          const [u, d] = [user ?? 'nobody', device ?? 'nothing'];
          const [read, again] = await Promise.all([
            index.read(keys(userKey(u), deviceKey(d))),
            index.read(keys(userKey('a'))),
          ]);
          const { users, devices } = world.table.ask({ known: new Map(), users: [u, 'a'], devices: [d] });
          const ids = (records: readonly { eventId: string }[] = []) => records.map((r) => r.eventId).sort();
          expect(ids(read(userKey(u)))).toEqual(ids(users.get(u)));
          expect(ids(read(deviceKey(d)))).toEqual(ids(devices.get(d)));
          expect(ids(again(userKey('a')))).toEqual(ids(users.get('a')));
        }
      }),
      { numRuns: 200 },
    );
  });
});
