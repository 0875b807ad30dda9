import { PoisonError, StreamError } from '@fineprint/stream-runtime';
import { expect, it } from 'vitest';
import { judge } from './clickhouse-judgement.ts';

it.each([
  ['unparsable bytes', { code: '117', type: 'INCORRECT_DATA' }, PoisonError],
  ['a bad UUID', { code: '376', type: 'CANNOT_PARSE_UUID' }, PoisonError],
  ['bytes that are no Avro', new Error('std::exception. Code: 1001, type: avro::Exception'), PoisonError],
  ['a missing table', { code: '60', type: 'UNKNOWN_TABLE' }, StreamError],
  ['too many parts', { code: '252', type: 'TOO_MANY_PARTS' }, StreamError],
  ['a refused connection', { code: 'ECONNREFUSED' }, StreamError],
  ['a timeout', new Error('Timeout error.'), StreamError],
])('%s', (_name, error, kind) => {
  expect(judge(error)).toBeInstanceOf(kind);
});

it('never passes on what the server said of a value', () => {
  const said = Object.assign(new Error("Cannot parse 'bob@example.com' as UUID"), { code: '376' });
  expect(judge(said).message).not.toContain('bob');
});

it('says what the client knows', () => {
  expect(judge(new Error('Timeout error.')).message).toContain('did not answer in time');
  expect(judge({ code: 'ECONNREFUSED' }).message).toContain('ECONNREFUSED');
});
