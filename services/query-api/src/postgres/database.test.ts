import { DatabaseError } from 'pg';
import { expect, it } from 'vitest';
import { Problem } from '../problem/problem.ts';
import { judge } from './database.ts';

const refused = (code: string) => Object.assign(new DatabaseError('text', 1, 'error'), { code });
const codeOf = (error: unknown) => {
  const judged = judge(error);
  return judged instanceof Problem ? judged.code : judged;
};

it.each([
  ['a unique violation', refused('23505'), 'conflict'],
  ['a deadlock', refused('40P01'), 'postgres_unavailable'],
  ['too many connections', refused('53300'), 'postgres_unavailable'],
  ['a shutdown', refused('57P01'), 'postgres_unavailable'],
  ['a mistake of ours', refused('42703'), 'internal'],
  ['no network', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'postgres_unavailable'],
  ['silence', new Error('Query read timeout'), 'postgres_unavailable'],
])('%s', (_, error, code) => {
  expect(codeOf(error)).toBe(code);
});

it('leaves other errors as they are', () => {
  const bug = new TypeError('x is undefined');
  const problem = new Problem('unknown_model', 'x');
  expect([judge(bug), judge(problem)]).toEqual([bug, problem]);
});
