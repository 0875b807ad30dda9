import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_SIGNALS, privacySignalsOf, withSignals } from './privacy-signals.ts';

describe('what a browser says with a request', () => {
  it.each([
    [{}, NO_SIGNALS],
    [{ 'sec-gpc': '1' }, { gpc: true, dnt: false }],
    [
      { 'sec-gpc': '0', dnt: '1' },
      { gpc: false, dnt: true },
    ],
    [{ 'sec-gpc': 'true', dnt: 'null' }, NO_SIGNALS],
  ])('%j', (headers, expected) => {
    expect(privacySignalsOf({ headers })).toEqual(expected);
  });

  it('stands in the context, and changes no digit of it', () => {
    const gpc = { gpc: true, dnt: false };
    expect(withSignals('{"n":9007199254740993}', gpc)).toBe('{"gpc":true,"n":9007199254740993}');
    expect(withSignals('{ }', { gpc: true, dnt: true })).toBe('{"gpc":true,"dnt":true}');
    expect(withSignals('{"gpc":false,"a":1}', gpc)).toBe('{"gpc":true,"a":1}');
    expect(JSON.parse(withSignals('{"\\u0067pc":false}', gpc))).toEqual({ gpc: true });
    expect(withSignals('{"a":1}', NO_SIGNALS)).toBe('{"a":1}');
  });

  it('leaves everything else of any context', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (context) => {
        const { gpc, ...rest } = JSON.parse(withSignals(JSON.stringify(context), { gpc: true, dnt: false }));
        const { gpc: _, ...given } = JSON.parse(JSON.stringify(context));
        expect([gpc, rest]).toEqual([true, given]);
      }),
    );
  });
});
