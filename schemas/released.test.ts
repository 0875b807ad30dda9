import { expect, it } from 'vitest';
import { contentHash, releaseFiles } from './released.ts';

const files = (entries: Record<string, string>) => new Map(Object.entries(entries));
const released = { 'a/v1.avsc': contentHash('one') };

it('adds new versions', () => {
  expect(Object.keys(releaseFiles(released, files({ 'b/v1.avsc': 'x', 'a/v1.avsc': 'one' })))).toEqual([
    'a/v1.avsc',
    'b/v1.avsc',
  ]);
});

it('refuses an edited or removed one', () => {
  expect(() => releaseFiles(released, files({ 'a/v1.avsc': 'edited' }))).toThrow('a/v1.avsc was edited');
  expect(() => releaseFiles(released, files({}))).toThrow('a/v1.avsc is gone');
});
