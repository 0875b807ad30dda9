import { SnowflakeError } from '@fineprint/snowflake/errors';
import { systemClock } from '@fineprint/stream-runtime';
import { expect, it } from 'vitest';
import { columnsOf } from './columns.ts';
import type { LoadSession } from './load-session.ts';
import { createLoads } from './loads.ts';
import { tables } from './tables.ts';

const topic = 'product.events.clean';
const target = { table: tables[topic], columns: columnsOf(topic) };
const place = { topic, partition: 0 };
const file = {
  stagePath: 'topic/0/0-1-abc.json.gz',
  stageFolder: 'topic/0/',
  localPath: 'none',
  remove: () => Promise.resolve(),
};
const to = { nextOffset: 2, sourceOffset: null };
const move = { ...place, from: null, to, lastOffset: 1 };
const nothing = () => Promise.resolve();
const internal = () => Promise.reject(new SnowflakeError('000603', 'internal error'));

/** A session that answers as if all went well, but for what a test changes; what was asked is noted. */
function loadsWith(change: Partial<LoadSession>) {
  const asked: string[] = [];
  const answers: LoadSession = {
    isUsable: () => true,
    abandon: () => undefined,
    commit: nothing,
    rollback: nothing,
    prepare: nothing,
    put: nothing,
    remove: nothing,
    clearArrivals: nothing,
    copy: () => Promise.resolve(2),
    merge: nothing,
    position: () => Promise.resolve(null),
    lockPositions: nothing,
    addPosition: nothing,
    movePosition: () => Promise.resolve(true),
    heldOffsets: () => Promise.resolve([]),
    sourceOffsetBefore: () => Promise.resolve(null),
    holdsPlace: () => Promise.resolve(false),
    holdsEvent: () => Promise.resolve(false),
    ...change,
  };
  const session = new Proxy(answers, {
    get(all, name: keyof LoadSession) {
      asked.push(name);
      return all[name];
    },
  });
  const sessions = { use: <T>(_name: string, work: (s: LoadSession) => Promise<T>) => work(session) };
  return { asked, loads: createLoads({ sessions, clock: systemClock, random: () => 0 }) };
}

it('moves the position after the rows and before the commit', async () => {
  const { asked, loads } = loadsWith({});
  expect(await loads.load(target, file, 2, move)).toBe(true);
  expect(asked).toEqual(['prepare', 'put', 'copy', 'movePosition', 'commit', 'remove']);
});

it('rolls back where the position has moved', async () => {
  const { asked, loads } = loadsWith({ movePosition: () => Promise.resolve(false) });
  expect(await loads.load(target, file, 2, move)).toBe(false);
  expect(asked).toEqual(['prepare', 'put', 'copy', 'movePosition', 'rollback', 'remove']);
});

it('gives a session up whose transaction it cannot end', async () => {
  const { asked, loads } = loadsWith({ movePosition: internal, rollback: internal });
  await expect(loads.load(target, file, 2, move)).rejects.toMatchObject({ retriable: true });
  expect(asked.at(-1)).toBe('abandon');
});

it('notices that a transaction was ended before its commit', async () => {
  const { loads } = loadsWith({});
  const lost = { code: 'unavailable', retriable: true, message: 'Snowflake ended the transaction' };
  await expect(loads.open(target, place)).rejects.toMatchObject(lost);
  const gap = { isHeld: () => Promise.resolve(false) };
  await expect(loads.load(target, file, 2, gap)).rejects.toMatchObject(lost);
});
