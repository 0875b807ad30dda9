import { expect, it } from 'vitest';
import { mayTrack } from './consent.ts';

it('is a yes, and no signal against it', () => {
  const none = { globalPrivacyControl: false, doNotTrack: false };
  expect((['granted', 'denied', 'unknown'] as const).map((c) => mayTrack(c, none))).toEqual([
    true,
    false,
    false,
  ]);
  expect(mayTrack('granted', { ...none, globalPrivacyControl: true })).toBe(false);
  expect(mayTrack('granted', { ...none, doNotTrack: true })).toBe(false);
});
