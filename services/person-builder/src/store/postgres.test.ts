import { PoisonError, StreamError } from '@fineprint/stream-runtime';
import { expect, it } from 'vitest';
import { judge } from './postgres.ts';

const error = (code?: string) => Object.assign(new Error('Key (name)=(ann) is bad'), { code });

it.each(['22021', '23505', '54000'])('%s: the record is refused', (code) => {
  expect(judge(error(code))).toBeInstanceOf(PoisonError);
});

it.each(['40P01', '40001', '55P03', '57P01', '53300', '42P01', 'ECONNREFUSED', '22', undefined])(
  '%s: it is tried again, and nothing of a value is told',
  (code) => {
    const judged = judge(error(code));
    expect(judged).toBeInstanceOf(StreamError);
    expect(judged).toMatchObject({ retriable: true });
    expect(judged.message).not.toContain('ann');
  },
);
