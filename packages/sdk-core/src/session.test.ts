import { expect, it } from 'vitest';
import { currentSession } from './session.ts';

const MINUTE_MS = 60_000;

it('goes on until nothing happened for half an hour', () => {
  let n = 0;
  const newId = () => `s${++n}`;
  let session = currentSession(undefined, 0, newId);
  const at = (minute: number) => {
    session = currentSession(session, minute * MINUTE_MS, newId);
    return session.id;
  };
  expect([at(29), at(58), at(88), at(100)]).toEqual(['s1', 's1', 's2', 's2']);
  expect(at(10)).toBe('s3');
});
