import { expect, it } from 'vitest';
import { REPLAY_OF_HEADER, toDeadLetter } from './dead-letter.ts';

it('keeps whose replay a record is, however many headers its producer gave it', () => {
  const many = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`${i}`, Buffer.from('x')]));
  const input = {
    offset: 3,
    timestampMs: 1,
    key: null,
    value: Buffer.from('no Avro'),
    headers: { ...many, [REPLAY_OF_HEADER]: 'letter-1' },
  };
  const at = { topic: 'ai.requests.raw', partition: 0, input } as const;
  const refusal = { type: 'dead-letter', code: 'not_avro', message: '' } as const;
  const { headers } = toDeadLetter('pii-scrubber', at, refusal, 5);
  expect(headers[REPLAY_OF_HEADER]?.toString()).toBe('letter-1');
  expect(Object.keys(headers)).toHaveLength(50);
});
