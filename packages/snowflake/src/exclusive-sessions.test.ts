import { expect, it } from 'vitest';
import { createExclusiveSessions } from './exclusive-sessions.ts';
import type { SnowflakeSession } from './session.ts';

function countedSessions() {
  const opened: { usable: boolean; closed: boolean }[] = [];
  const open = (): Promise<SnowflakeSession> => {
    const state = { usable: true, closed: false };
    opened.push(state);
    return Promise.resolve({
      rows: () => Promise.resolve([]),
      isUsable: () => state.usable,
      abandon() {
        state.usable = false;
      },
      close() {
        state.closed = true;
        return Promise.resolve();
      },
    });
  };
  return { opened, sessions: createExclusiveSessions(open) };
}

it('gives a name to one user at a time, and different names side by side', async () => {
  const { opened, sessions } = countedSessions();
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 2));
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => sessions.use('a', work)));
  expect([most, opened.length]).toEqual([1, 1]);
  await Promise.all(['a', 'b'].map((name) => sessions.use(name, work)));
  expect([most, opened.length]).toEqual([2, 2]);
  await sessions.close();
  expect(opened.every((s) => s.closed)).toBe(true);
});

it('goes on after a failure, with a new session where the old one is not usable', async () => {
  const { opened, sessions } = countedSessions();
  await expect(sessions.use('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await sessions.use('a', () => Promise.resolve());
  expect(opened).toHaveLength(1);
  const [first] = opened;
  if (first !== undefined) first.usable = false;
  await sessions.use('a', () => Promise.resolve());
  expect(opened.map((s) => s.closed)).toEqual([true, false]);
});
