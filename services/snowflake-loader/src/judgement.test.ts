import { SnowflakeError } from '@fineprint/snowflake';
import { PoisonError, StreamError } from '@fineprint/stream-runtime';
import { expect, it } from 'vitest';
import { isLocked, judge } from './judgement.ts';

const said = (code: string) => new SnowflakeError(code, 'jane@example.com', { sqlState: '22018' });

it('takes refused values for poison only while a file is loaded, and never quotes them', () => {
  const poison = judge(said('100038'), 'load');
  expect(poison).toBeInstanceOf(PoisonError);
  expect(poison).toMatchObject({ code: 'store_refused' });
  expect(poison.message).not.toContain('jane');
  expect(judge(said('100038'), 'other')).toBeInstanceOf(StreamError);
});

it.each(['000606', '002003', '390100', '000625', 'timed_out', 'unknown', '091016'])(
  'tries %s again: it is not the records’ fault',
  (code) => {
    expect(judge(said(code), 'load')).toMatchObject({ code: 'unavailable', retriable: true });
  },
);

it('tells a lock from everything else, and leaves its own judgements alone', () => {
  expect(isLocked(said('000625'))).toBe(true);
  expect(isLocked(judge(said('100038'), 'load'))).toBe(false);
  const poison = new PoisonError('store_refused', 'x');
  expect(judge(poison, 'other')).toBe(poison);
});
