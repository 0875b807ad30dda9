import { expect, test } from 'vitest';
import { withSection } from './readme-section.ts';

test('only the section changes, and once it is right it stays', () => {
  const text = 'before\n<!-- dag:start -->\nold\n<!-- dag:end -->\nafter\n';
  const replaced = withSection(text, 'dag', 'new');
  expect(replaced).toBe('before\n<!-- dag:start -->\nnew\n<!-- dag:end -->\nafter\n');
  expect(withSection(replaced, 'dag', 'new')).toBe(replaced);
});

test('a text without the section is refused', () => {
  expect(() => withSection('nothing', 'dag', 'new')).toThrow('no section');
});
