import type { DeadLetter } from '@fineprint/schemas';
import { expect, test } from 'vitest';
import { derivedEventId, sourceNamespace } from './event/identity.ts';
import { toReplayRequest } from './replay-request.ts';

const ID = '6f1c3f0e-7a53-4b0a-9d5e-2f6b1f0c9a11';
const letter = (value: string, eventId: string | null, headers: Record<string, string>): DeadLetter =>
  ({
    dead_letter_id: ID,
    event_id: eventId,
    source: 'web',
    value: Buffer.from(value),
    headers: Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, Buffer.from(v)])),
  }) as unknown as DeadLetter;
const request = (...args: Parameters<typeof letter>) => {
  const made = toReplayRequest(letter(...args), ID);
  return made === null ? null : { ...made, body: made.body.toString() };
};

test('an event without an id: the same key every time, so the same id', () => {
  expect(request('{"event":"x"}', null, { route: 'product.events' })).toEqual({
    path: '/api/v1/product/events',
    contentType: 'application/json',
    idempotencyKey: `dlq-${ID}`,
    body: '{"event":"x"}',
  });
});

test('an id that came from the first request’s key is put in; one of the event’s own stays', () => {
  const headers = { route: 'product.identify' };
  expect(request(' {"n":12345678901234567890}', ID, headers)?.body).toBe(
    `{"event_id":"${ID}","n":12345678901234567890}`,
  );
  expect(request('{}', ID, headers)?.body).toBe(`{"event_id":"${ID}"}`);
  for (const own of ['{"eventId":"x"}', '{"message_id":"m"}', '{"event_id":null}', 'no JSON', '[1]', 'null'])
    expect(request(own, ID, headers)?.body).toBe(own);
});

test('refused before it was read: the id of the first request’s key all the same; a replay’s own key gives none', () => {
  const headers = { route: 'product.events', idempotency_key: 'order-7', index: '2' };
  const id = derivedEventId(sourceNamespace('web'), {
    eventId: null,
    messageId: null,
    idempotencyKey: 'order-7',
    route: 'product.events',
    index: 2,
  });
  expect(request('{"event":"x"}', null, headers)?.body).toBe(`{"event_id":"${id}","event":"x"}`);
  expect(request('{"event":"x"}', null, { ...headers, idempotency_key: `dlq-${ID}` })?.body).toBe(
    '{"event":"x"}',
  );
});

test('a whole body goes as it came, with its own key', () => {
  expect(
    request('{"a":1}\n{', null, { route: 'ai.requests', body_format: 'ndjson', idempotency_key: 'k-1' }),
  ).toEqual({
    path: '/api/v1/ai/events/batch',
    contentType: 'application/x-ndjson',
    idempotencyKey: 'k-1',
    body: '{"a":1}\n{',
  });
});

test('paths: any kind where there is one, the pixel’s as product events, none for names that are none', () => {
  expect(request('{}', null, { route: 'product.pixel' })?.path).toBe('/api/v1/product/events');
  expect(request('{}', null, { route: 'product.conversion' })?.path).toBe('/api/v1/product/conversion');
  for (const headers of [{}, { route: '../admin' }, { route: 'constructor' }] as Record<string, string>[])
    expect(request('{}', null, headers)).toBeNull();
});
