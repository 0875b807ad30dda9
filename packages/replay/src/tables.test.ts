import { expect, test } from 'vitest';
import { checkedId } from './tables.ts';

test.each(['', 'abc', '0A1B2C3D', "0a1b2c3'", '0a1b2c3d; DROP TABLE x', '../etc'])('%j is no id', (id) => {
  expect(() => checkedId(id)).toThrowError(expect.objectContaining({ code: 'REPLAY_UNKNOWN' }));
});

test('an id is eight hex digits', () => {
  expect(checkedId('0a1b2c3d')).toBe('0a1b2c3d');
});
