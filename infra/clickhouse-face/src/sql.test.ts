import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteIdentifier, quoteString } from './sql.ts';

/** What the engine's lexer would read back. */
const unquote = (quoted: string) => quoted.slice(1, -1).replace(/\\(.)/gsu, '$1');

describe('quoting', () => {
  it('quotes', () => {
    expect(quoteIdentifier('my`db')).toBe('`my\\`db`');
    expect(quoteString("it's \\")).toBe("'it\\'s \\\\'");
  });

  it('never ends early and reads back the same', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(quoteString(text)).toMatch(/^'(?:[^'\\]|\\.)*'$/s);
        expect(unquote(quoteString(text))).toBe(text);
        expect(quoteIdentifier(text)).toMatch(/^`(?:[^`\\]|\\.)*`$/s);
        expect(unquote(quoteIdentifier(text))).toBe(text);
      }),
    );
  });
});
