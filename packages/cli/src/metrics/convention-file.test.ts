import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEFAULT_CONVENTION } from '@fineprint/business-metrics';
import { afterAll, expect, it } from 'vitest';
import { conventionOf } from './convention-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'convention-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (content: string): string => {
  const name = path.join(folder, 'convention.json');
  writeFileSync(name, content);
  return name;
};

it('is the built-in one, the one of the environment, or a file that changes some names', () => {
  expect(conventionOf(undefined, {})).toBe(DEFAULT_CONVENTION);
  const changed = { ...DEFAULT_CONVENTION, signup: ['Account Created'] };
  expect(conventionOf(file('{"signup":["Account Created"]}'), {})).toEqual(changed);
  expect(
    conventionOf(undefined, { BUSINESS_CONVENTION_FILE: file('{"signup":["Account Created"]}') }),
  ).toEqual(changed);
});

it.each([
  ['not JSON', /cannot be used/],
  [`{"started":["it's"]}`, /started\.0 holds other characters/],
  ['{"begun":[]}', /begun/],
])('refuses %s', (content, message) => {
  expect(() => conventionOf(file(content), {})).toThrow(message);
});
