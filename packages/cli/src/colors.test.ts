import { expect, test } from 'vitest';
import { wantsColors } from './colors.ts';

const both = { stdout: true, stderr: true };

test.each([
  ['a terminal', {}, both, true],
  ['a pipe', {}, { stdout: false, stderr: true }, false],
  ['a log of errors', {}, { stdout: true, stderr: false }, false],
  ['CI, which is no terminal', { CI: 'true' }, { stdout: false, stderr: false }, false],
  ['NO_COLOR', { NO_COLOR: '1' }, both, false],
  ['FORCE_COLOR', { FORCE_COLOR: '1' }, { stdout: false, stderr: false }, true],
  ['a dumb terminal', { TERM: 'dumb' }, both, false],
])('%s', (_name, env, terminals, wanted) => {
  expect(wantsColors(env, terminals)).toBe(wanted);
});
