import { expect, test } from 'vitest';
import { decide, type ReplayAction, type ReplayState } from './state.ts';

const OUTCOMES: Readonly<Record<ReplayState, Readonly<Record<ReplayAction, 'do' | 'nothing' | 'refuse'>>>> = {
  building: { promote: 'refuse', discard: 'do', 'discard-backup': 'refuse' },
  ready: { promote: 'do', discard: 'do', 'discard-backup': 'refuse' },
  promoting: { promote: 'do', discard: 'refuse', 'discard-backup': 'refuse' },
  promoted: { promote: 'nothing', discard: 'refuse', 'discard-backup': 'do' },
  discarded: { promote: 'refuse', discard: 'nothing', 'discard-backup': 'refuse' },
  failed: { promote: 'refuse', discard: 'do', 'discard-backup': 'refuse' },
};

const cases = Object.entries(OUTCOMES).flatMap(([state, actions]) =>
  Object.entries(actions).map(([action, outcome]) => [action, state, outcome] as const),
);

test.each(cases)('%s of a replay that is %s: %s', (action, state, outcome) => {
  const decided = () => decide('0a1b2c3d', state as ReplayState, action as ReplayAction);
  if (outcome !== 'refuse') expect(decided()).toBe(outcome);
  else expect(decided).toThrowError(expect.objectContaining({ code: 'REPLAY_STATE' }));
});
