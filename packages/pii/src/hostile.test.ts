import { describe, expect, it } from 'vitest';
import { defaultPolicy } from './policy.ts';
import { createScrubber } from './scrub.ts';

/** Repeated units that drive each recognizer into its longest scans. */
const UNITS: readonly string[] = [
  '@',
  'a@',
  'a.b@c.',
  'a@b.co',
  '1',
  '1 ',
  '1-',
  '1.',
  '12.34.',
  '(1) ',
  '+1',
  '+49 ',
  '4111 1111 ',
  '1.2.3.4',
  ':',
  '1:',
  'ab:',
  'a::b',
  'aa-bb-',
  'DE89 ',
  'DE8937',
  'A1',
  'ey',
  'eyJhbGciOi.',
  'sk-',
  'AKIA',
  'YWxp',
  'A',
  'x=',
  'token=',
  'password is ',
  'a=b&',
  '"a":"',
  '%40',
  '%25',
  '&#64',
  '&',
  '\\u0040',
  '\u200b',
  '０',
  '电话',
  '[EMAIL]',
  '[EMAIL',
  '-----BEGIN PRIVATE KEY-----',
  'Bearer a',
  'http://a:',
  'a at b dot ',
  '(at)',
  'call 5',
  '{"a":',
  '[',
  '"',
  '<a ',
  'My Name <',
  '0x',
  'bc1',
  'Ab1/',
  '1 2A 3 ',
  '***',
  ' ',
];

const scrubber = createScrubber(defaultPolicy);

function secondsFor(text: string): number {
  const started = performance.now();
  scrubber.scrubValue({ note: text });
  return (performance.now() - started) / 1000;
}

const MAX_ROUNDS = 25;

/**
 * Whether eight times the text takes about eight times the time; a quadratic scan takes 64 times.
 * Noise of a shared machine only ever adds, so both times are the best so far, and the first round that shows it decides.
 */
function isLinear(small: string, large: string): boolean {
  let fast = Infinity;
  let slow = Infinity;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    fast = Math.min(fast, secondsFor(small));
    slow = Math.min(slow, secondsFor(large));
    // Below 20 ms the clock and the collector decide.
    if (slow < 0.02 || (round >= 2 && slow / fast < 30)) return true;
  }
  return false;
}

describe('hostile input', () => {
  it.each(UNITS)('stays linear for %j repeated', (unit) => {
    const small = unit.repeat(Math.ceil(16_000 / unit.length));
    const large = unit.repeat(Math.ceil(128_000 / unit.length));
    expect(isLinear(small, large)).toBe(true);
  });

  it('takes a megabyte of the worst of them', () => {
    const worst = [
      '@',
      'a@b.co',
      '1 ',
      '1-',
      '12.34.',
      '4111 1111 ',
      '1:',
      'DE89 ',
      'sk-',
      'YWxp',
      'x=',
      'token=',
      '%40',
      '&',
      '"',
    ];
    for (const unit of worst) {
      const note = unit.repeat(Math.ceil(1_000_000 / unit.length));
      expect(() => scrubber.scrubValue({ note })).not.toThrow();
    }
  }, 120_000);
});

describe('a document with a finding at each of its levels', () => {
  const levels = (n: number) => `${'{"e":"a@b.co","a":'.repeat(n)}1${'}'.repeat(n)}`;

  it.each([
    ['deep, as it is', (n: number) => JSON.parse(levels(n)) as object],
    ['deep, inside a string', (n: number) => ({ note: levels(n) })],
    ['wide', (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, 'a@b.co']))],
    [
      'below a long name',
      (n: number) => ({ [`k${'x'.repeat(300_000)}`]: Array.from({ length: n }, () => 'a@b.co') }),
    ],
  ])(
    '%s: all are removed and counted, in bounded paths',
    (_name, make) => {
      const result = scrubber.scrubValue<unknown>(make(40_000), { path: 'properties' });
      expect(result.findings.reduce((sum, f) => sum + f.count, 0)).toBe(40_000);
      expect(result.findings.length).toBeLessThanOrEqual(1_001);
      expect(Math.max(...result.findings.map((f) => f.path.length))).toBeLessThan(10_000);
    },
    60_000,
  );

  it('tells where the outer and the inner end of a long path are, and rules still see both', () => {
    const nested = (depth: number) =>
      JSON.parse(`${'{"a":'.repeat(depth)}{"mail":"a@b.co"}${'}'.repeat(depth)}`);
    const pathOf = (depth: number) => scrubber.scrubValue(nested(depth)).findings[0]?.path.split('.');
    expect(pathOf(63)).toEqual([...Array(63).fill('a'), 'mail']);
    expect(pathOf(64)).toEqual([...Array(32).fill('a'), '…', ...Array(31).fill('a'), 'mail']);
    expect(pathOf(9_000)).toEqual(pathOf(64));
    const fields = [{ path: '**.mail', action: 'allow' as const }];
    const lenient = createScrubber({ ...defaultPolicy, fields });
    for (const depth of [1, 63, 64, 9_000]) expect(lenient.scrubValue(nested(depth)).changed).toBe(false);
  });
});
