import { expect, it } from 'vitest';
import { isTombstone } from './tombstone.ts';

const empty = { offset: 0, timestampMs: 0, key: null, value: null, headers: {} };

it('is what a compacted topic holds without a value, nothing else', () => {
  expect(isTombstone('ai.metrics', empty)).toBe(true);
  expect(isTombstone('ai.metrics', { ...empty, value: Buffer.alloc(0) })).toBe(false);
  expect(isTombstone('product.events.clean', empty)).toBe(false);
});
