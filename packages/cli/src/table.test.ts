import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { table } from './table.ts';

test('columns line up, without lines around them', () => {
  const text = stripVTControlCharacters(
    table(
      ['name', 'lag'],
      [
        ['pii-scrubber', '0'],
        ['loader', '12'],
      ],
    ),
  );
  expect(text).toBe('name          lag\npii-scrubber  0\nloader        12\n');
});
