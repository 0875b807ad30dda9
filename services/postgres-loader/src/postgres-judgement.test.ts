import { PoisonError, StreamError } from '@fineprint/stream-runtime';
import { expect, test } from 'vitest';
import { judge } from './postgres-judgement.ts';

const of = (code: string | undefined) => judge(Object.assign(new Error('value "ada@example.com"'), { code }));

test('values that do not fit are poison', () => {
  for (const code of ['22001', '22003', '22021', '22P02', '22P05', '54001', '23514'])
    expect(of(code), code).toBeInstanceOf(PoisonError);
});

test('everything else is the store’s trouble, and tried again', () => {
  for (const code of [
    '53100',
    '57P01',
    '42P01',
    '25006',
    '23502',
    '22P03',
    '22P04',
    'ECONNREFUSED',
    '54',
    undefined,
  ]) {
    const judged = of(code);
    expect(judged, code).toBeInstanceOf(StreamError);
    expect(judged).toMatchObject({ code: 'unavailable', retriable: true });
  }
  expect(of('53100').message).toBe('Postgres did not take the rows: its disk is full (53100)');
});

test('no message quotes a value', () => {
  for (const code of ['22001', '57P01', undefined]) expect(of(code).message).not.toContain('ada');
});
