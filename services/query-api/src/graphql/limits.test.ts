import { getOperationAST, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { measure } from './limits.ts';

const costOf = (field: string) => ({ dear: 5, cheap: 1 })[field] ?? 0;

function measured(text: string, name?: string) {
  const document = parse(text);
  const operation = getOperationAST(document, name);
  if (!operation) throw new Error('the test names no operation');
  return measure(document, operation, costOf);
}

describe('measure', () => {
  it('counts levels, and what each first field costs', () => {
    expect(measured('{ dear { a { b } } cheap { c } __typename }')).toEqual({
      depth: 3,
      cost: 6,
      aliases: 0,
    });
  });

  it('takes a field under two names for two questions', () => {
    expect(measured('{ a: dear { x } b: dear { x } }')).toMatchObject({ cost: 10, aliases: 0 });
  });

  it('counts aliases below the first level, wherever they stand', () => {
    const text = '{ dear { a: x ... on T { b: x ...F } } } fragment F on T { c: x d: y { e: z } }';
    expect(measured(text)).toEqual({ depth: 3, cost: 5, aliases: 5 });
  });

  it('counts what a fragment asks for each time it is used', () => {
    const text = 'query { ...F ... on Query { ...F } } fragment F on Query { dear { x } cheap { y } }';
    expect(measured(text)).toMatchObject({ cost: 12, depth: 2 });
  });

  it('measures only the operation that is asked for', () => {
    expect(measured('query A { dear { x } } query B { cheap { x } }', 'B')).toMatchObject({ cost: 1 });
  });

  it('is quick with fragments that double at each level', () => {
    const levels = 60;
    const fragments = Array.from(
      { length: levels },
      (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`,
    );
    const text = `{ ...F0 } ${fragments.join(' ')} fragment F${levels} on Query { dear { x } }`;
    expect(measured(text).cost).toBeGreaterThan(1e15);
  });
});
