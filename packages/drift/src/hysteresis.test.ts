import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type DriftChange, INITIAL_DRIFT_STATE, stepDrift } from './hysteresis.ts';
import { driftSettings } from './settings.ts';
import type { DriftMeasurement } from './verdict.ts';

type Verdict = DriftMeasurement['verdict'];
const settings = driftSettings({ raiseAfterWindows: 2, clearAfterWindows: 3 });

/** What is announced, window by window: `-` for nothing, or the new level. */
function announcements(...verdicts: Verdict[]): string {
  let state = INITIAL_DRIFT_STATE;
  return verdicts
    .map((verdict) => {
      const step = stepDrift(state, verdict, settings);
      state = step.state;
      return step.change?.to ?? '-';
    })
    .join(' ');
}

it('raises after two windows in a row, once', () => {
  expect(announcements('major', 'major', 'major')).toBe('- major -');
  expect(announcements('major', 'stable', 'major', 'stable')).toBe('- - - -');
});

it('raises to the level that all of these windows have', () => {
  expect(announcements('major', 'moderate', 'major', 'major')).toBe('- moderate - major');
});

it('clears after three windows in a row, to the worst of them', () => {
  expect(announcements('major', 'major', 'stable', 'stable', 'major')).toBe('- major - - -');
  expect(announcements('major', 'major', 'stable', 'moderate', 'stable')).toBe('- major - - moderate');
  expect(announcements('major', 'major', 'stable', 'stable', 'stable')).toBe('- major - - stable');
});

it('a window without enough data neither counts nor breaks a row', () => {
  expect(announcements('major', 'not_enough_data', 'major')).toBe('- - major');
  expect(announcements('not_enough_data', 'not_enough_data')).toBe('- -');
});

it('announces each change once, from the level announced before, and never without a full row', () => {
  const verdict = fc.constantFrom<Verdict>('stable', 'moderate', 'major', 'not_enough_data');
  fc.assert(
    fc.property(fc.array(verdict, { maxLength: 60 }), (verdicts) => {
      let state = INITIAL_DRIFT_STATE;
      let announced: DriftChange['to'] = 'stable';
      let sinceChange = 0;
      for (const next of verdicts) {
        const step = stepDrift(state, next, settings);
        // A state survives being stored.
        state = JSON.parse(JSON.stringify(step.state));
        if (next !== 'not_enough_data') sinceChange += 1;
        if (step.change === null) continue;
        expect(step.change.from).toBe(announced);
        expect(step.change.to).not.toBe(announced);
        expect(sinceChange).toBeGreaterThanOrEqual(2);
        announced = step.change.to;
        sinceChange = 0;
      }
      expect(state.level).toBe(announced);
    }),
  );
});
