import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress, createGzip, createZstdCompress, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

const EVENTS = '/api/v1/product/events';
const AI = '/api/v1/ai/track-request';
const MIB = 1_048_576;
/** Stands for a person: no answer but the producer's own ids, and no log line, may hold it. */
const PERSON = 'jane.doe@example.com';

let gateway: TestGateway;
let seen = 0;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());
beforeEach(async () => {
  seen = (await gateway.stored()).length;
});

/** What was written since the test began. */
const fresh = async () => (await gateway.stored()).slice(seen);
const events = async () => (await fresh()).filter((s) => s.topic !== 'pipeline.notes');
const deadLetters = async () =>
  (await events()).map(({ topic, record }) => {
    if (!('dead_letter_id' in record)) throw new Error(`${topic} is no dead letter`);
    return {
      code: record.code,
      path: record.path,
      original: record.value?.toString(),
      source: record.source,
    };
  });

describe('one bad event answers 400 with its code, and lies in the dead letter with its bytes', () => {
  it.each([
    ['a duplicate key', 'duplicate_key', '$', '{"event":"x","event":"y"}'],
    ['a duplicate key inside', 'duplicate_key', '$.properties', '{"event":"x","properties":{"a":1,"a":2}}'],
    ['__proto__', 'forbidden_key', '$', '{"event":"x","__proto__":{"isAdmin":true}}'],
    ['__proto__ inside', 'forbidden_key', '$.properties', '{"event":"x","properties":{"__proto__":{"a":1}}}'],
    [
      'constructor.prototype',
      'forbidden_key',
      '$.context',
      '{"event":"x","context":{"constructor":{"prototype":{}}}}',
    ],
    ['half a surrogate pair', 'forbidden_character', '$.event', '{"event":"\\ud800"}'],
    ['a NUL', 'forbidden_character', '$.properties', '{"event":"x","properties":{"a":"\\u0000"}}'],
    [
      'a number beyond 64 bits',
      'number_out_of_range',
      '$.properties',
      '{"event":"x","properties":{"n":1e999}}',
    ],
    ['an unknown field', 'unknown_field', '$.emial', `{"event":"x","emial":"${PERSON}"}`],
    ['an unknown field whose name is personal', 'unknown_field', '$[?]', `{"event":"x","${PERSON}":1}`],
    ['a field under two names', 'conflicting_fields', '$.userId', '{"event":"x","user_id":"a","userId":"b"}'],
    ['no name', 'missing_field', '$.event_name', `{"user_id":"${PERSON}"}`],
    ['a number for a name', 'wrong_type', '$.event_name', '{"event":7}'],
    ['a list for properties', 'wrong_type', '$.properties', '{"event":"x","properties":[1]}'],
    ['an object for an id', 'wrong_type', '$.user_id', '{"event":"x","user_id":{"$ne":null}}'],
    ['an empty id', 'invalid_value', '$.user_id', '{"event":"x","user_id":""}'],
    ['CR and LF in an id', 'invalid_value', '$.user_id', '{"event":"x","user_id":"a\\r\\nSet-Cookie: b"}'],
    ['an id that is no UUID', 'invalid_uuid', '$.event_id', '{"event":"x","event_id":"42"}'],
    [
      'the nil UUID',
      'wrong_type',
      '$.event_id',
      '{"event":"x","event_id":"00000000-0000-0000-0000-000000000000"}',
    ],
    ['a time that is none', 'invalid_time', '$.event_time', '{"event":"x","event_time":"yesterday"}'],
    ['a time that is a list', 'invalid_time', '$.event_time', '{"event":"x","event_time":[2026]}'],
    ['an unknown kind', 'invalid_value', '$.kind', '{"kind":"toString","event":"x"}'],
    ['a list', 'not_an_object', '$', '7'],
  ])('%s', async (_name, code, path, body) => {
    const answer = await gateway.post(EVENTS, body);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer).toMatchObject({
      status: 400,
      body: { code, status: 400, errors: [{ index: 0, code, path }] },
    });
    expect(JSON.stringify(answer.body)).not.toContain(PERSON);
    expect(await deadLetters()).toEqual([{ code, path, original: body, source: 'web' }]);
  });

  it.each([
    ['no tokens', 'missing_field', '$.input_tokens', { model: 'm', version: '1', outputTokens: 1 }],
    [
      'tokens as text',
      'wrong_type',
      '$.input_tokens',
      { model: 'm', version: '1', inputTokens: '5', outputTokens: 1 },
    ],
    [
      'negative tokens',
      'invalid_value',
      '$.input_tokens',
      { model: 'm', version: '1', inputTokens: -1, outputTokens: 1 },
    ],
    [
      'half a token',
      'wrong_type',
      '$.input_tokens',
      { model: 'm', version: '1', inputTokens: 0.5, outputTokens: 1 },
    ],
    [
      'too sure',
      'invalid_value',
      '$.confidence_score',
      { model: 'm', version: '1', inputTokens: 1, outputTokens: 1, confidenceScore: 1.5 },
    ],
    [
      'a wrong sum',
      'invalid_value',
      '$.total_tokens',
      { model: 'm', version: '1', inputTokens: 1, outputTokens: 1, totalTokens: 3 },
    ],
    [
      'more cached than read',
      'invalid_value',
      '$.cached_tokens',
      { model: 'm', version: '1', inputTokens: 1, outputTokens: 1, cachedTokens: 2 },
    ],
  ])('AI request: %s', async (_name, code, path, body) => {
    expect(await gateway.post(AI, body)).toMatchObject({
      status: 400,
      body: { code, errors: [{ code, path }] },
    });
    expect(await deadLetters()).toMatchObject([{ code, path, original: JSON.stringify(body) }]);
  });

  it('says all that is wrong with it', async () => {
    const { body } = await gateway.post(EVENTS, { event: 7, user_id: 8, nope: 9 });
    expect(body.errors?.map((e) => e.path).sort()).toEqual(['$.event_name', '$.nope', '$.user_id']);
  });

  it('an identify without anybody', async () => {
    const { body } = await gateway.post('/api/v1/product/identify', { traits: { plan: 'x' } });
    expect(body.errors).toMatchObject([{ code: 'missing_field', path: '$.user_id' }]);
  });

  it('a kind on the path of another', async () => {
    const { body } = await gateway.post('/api/v1/product/pageview', { kind: 'track', event: 'x' });
    expect(body).toMatchObject({ code: 'invalid_value', errors: [{ path: '$.kind' }] });
  });
});

describe('a body in which no event can be told apart is refused and kept', () => {
  it.each([
    ['malformed_json', Buffer.from('{"event": "x"')],
    ['malformed_json', Buffer.from('[{"event":"x"},]')],
    ['malformed_json', Buffer.from('{"event":"x","properties":{"n":NaN}}')],
    ['malformed_json', Buffer.from('{"event":"x","properties":{"n":-Infinity}}')],
    ['malformed_json', Buffer.from("{'event':'x'}")],
    ['invalid_utf8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    [
      'invalid_utf8',
      Buffer.concat([Buffer.from('{"event":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
    ],
    ['unknown_field', Buffer.from('{"events":[{"event":"x"}],"evnts":1}')],
  ])('%s: %s', async (code, body) => {
    expect(await gateway.post(EVENTS, body)).toMatchObject({ status: 400, body: { code } });
    const [letter] = await fresh();
    expect(letter?.record).toMatchObject({ code, value: body });
  });

  it.each([10_000, 1_000_000])('or not even read: %d levels deep', async (depth) => {
    const deep = `{"event":"x","properties":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`;
    const answer = await gateway.post(EVENTS, deep);
    expect([400, 413]).toContain(answer.status);
    if (answer.status === 400) expect(answer.body).toMatchObject({ code: 'too_deep' });
    const brackets = await gateway.post(EVENTS, '['.repeat(depth) + ']'.repeat(depth));
    expect(brackets).toMatchObject({
      status: 400,
      body: { code: 'no_valid_event', errors: [{ code: 'too_deep' }] },
    });
  });

  it('nothing at all', async () => {
    for (const body of ['', '  ', '[]', '{"events":[]}']) {
      expect(await gateway.post(EVENTS, body)).toMatchObject({ status: 400, body: { code: 'empty_body' } });
    }
    expect(await fresh()).toEqual([]);
  });
});

describe('a batch keeps the good events and names the bad', () => {
  it('by index, id, code, path and message', async () => {
    const { status, body } = await gateway.post(EVENTS, [
      { event: 'a' },
      { event: 7, event_id: 'a574bb27-3866-4371-a919-81d817995a8c' },
      { event: 'x'.repeat(MIB) },
      { event: 'b', properties: { text: 'y'.repeat(MIB) } },
      { event: 'c' },
    ]);
    expect(status).toBe(202);
    expect(body.accepted.map((a) => a.index)).toEqual([0, 4]);
    expect(body.rejected).toMatchObject([
      {
        index: 1,
        event_id: 'a574bb27-3866-4371-a919-81d817995a8c',
        code: 'wrong_type',
        path: '$.event_name',
      },
      { index: 2, code: 'event_too_large', path: '$' },
      { index: 3, code: 'event_too_large', path: '$' },
    ]);
    expect((await events()).map((s) => s.topic.split('.')[0])).toEqual([
      'product',
      'dead-letter',
      'dead-letter',
      'dead-letter',
      'product',
    ]);
  });

  it('notes of those with an id of their own what they were refused for, without a value', async () => {
    const event_id = 'a574bb27-3866-4371-a919-81d817995a8d';
    await gateway.post(EVENTS, [
      { event: 7, event_id },
      { event: 7 },
      { event: 'a', event_id, event_time: 'jane' },
    ]);
    const notes = (await fresh()).flatMap(({ record }) => ('noted_at' in record ? [record] : []));
    const place = { topic: null, partition: null, offset: null };
    const refused = { stage: 'ingest-gateway', kind: 'dead_lettered', event_id, ...place, types: [] };
    expect(notes).toMatchObject([
      { ...refused, reason: 'wrong_type', paths: ['$.event_name'] },
      { ...refused, reason: 'invalid_time', paths: ['$.event_time'] },
    ]);
  });

  it('line by line', async () => {
    const body = '{"event":"a"}\n{"event":\n\n{"event":"b"}\n[]\n';
    const answer = await gateway.post(EVENTS, body, { 'content-type': 'application/x-ndjson' });
    expect(answer.body.accepted.map((a) => a.index)).toEqual([0, 2]);
    expect(answer.body.rejected.map((r) => r.code)).toEqual(['malformed_json', 'not_an_object']);
  });

  it('answers 400 where none is good', async () => {
    const answer = await gateway.post(EVENTS, [{}, { event: 1 }]);
    expect(answer).toMatchObject({ status: 400, body: { code: 'no_valid_event', errors: [{}, {}] } });
    expect(await deadLetters()).toHaveLength(2);
  });

  it('gives a repeated mistake the same dead letter', async () => {
    const headers = { 'idempotency-key': 'retry-1' };
    for (let i = 0; i < 2; i++) await gateway.post(EVENTS, { nope: 1 }, headers);
    for (let i = 0; i < 2; i++) await gateway.post(EVENTS, '{', headers);
    const ids = (await events()).map(({ record }) =>
      'dead_letter_id' in record ? record.dead_letter_id : '',
    );
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).toBe(ids[3]);
    expect(ids[0]).not.toBe(ids[2]);
  });
});

describe('what is too much is refused before it costs memory', () => {
  it('a text of 1 MB as a name, on its own', async () => {
    const answer = await gateway.post(EVENTS, { event: 'x'.repeat(800_000) });
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'string_too_long', errors: [{ path: '$.event_name' }] },
    });
    expect(await gateway.post(EVENTS, { event: 'x'.repeat(MIB) })).toMatchObject({ status: 413 });
  });

  it('a body of 10 MB', async () => {
    const answer = await gateway.post(EVENTS, Buffer.alloc(10 * MIB, 0x20));
    expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
    const unannounced = await fetch(gateway.url + EVENTS, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
      body: Readable.toWeb(Readable.from(chunks(10 * MIB))) as ReadableStream,
      duplex: 'half',
    } as RequestInit);
    expect(unannounced.status).toBe(413);
  });

  it('more events than a request may hold', async () => {
    const answer = await gateway.post(EVENTS, `[${'{"event":"x"},'.repeat(1_000)}{"event":"x"}]`);
    expect(answer).toMatchObject({ status: 413, body: { code: 'too_many_events' } });
  });

  it.each([
    ['gzip', createGzip],
    ['br', () => createBrotliCompress({ params: LARGEST_WINDOW })],
    ['zstd', createZstdCompress],
  ] as const)(
    '1 GB of zeros in %s, 413 within 32 MiB',
    async (encoding, engine) => {
      const bomb = await compressZeros(engine());
      global.gc?.();
      const before = process.memoryUsage().rss;
      let peak = before;
      const timer = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage().rss);
      }, 1);
      const answer = await gateway.post(EVENTS, bomb, { 'content-encoding': encoding });
      clearInterval(timer);
      expect(answer).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
      expect(Math.max(peak, process.memoryUsage().rss) - before).toBeLessThan(32 * MIB);
      expect(gateway.budgetUsed()).toBe(0);
    },
    60_000,
  );

  it('broken or unknown compression', async () => {
    const cut = gzipSync(Buffer.from('{"event":"x"}')).subarray(0, 20);
    const as = (encoding: string, body: Buffer) =>
      gateway.post(EVENTS, body, { 'content-encoding': encoding });
    expect(await as('gzip', cut)).toMatchObject({ status: 400, body: { code: 'corrupt_encoding' } });
    expect(await as('br', Buffer.from('no'))).toMatchObject({
      status: 400,
      body: { code: 'corrupt_encoding' },
    });
    expect(await as('compress', cut)).toMatchObject({ status: 415, body: { code: 'unsupported_encoding' } });
    expect(await as('gzip, gzip', cut)).toMatchObject({
      status: 415,
      body: { code: 'unsupported_encoding' },
    });
  });

  it('content of another type', async () => {
    for (const type of [
      'application/x-www-form-urlencoded',
      'text/html',
      'application/json; charset=utf-16',
    ]) {
      const answer = await gateway.post(EVENTS, '{}', { 'content-type': type });
      expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
    }
  });
});

it('text that looks like SQL or like a script is text', async () => {
  const event = { event: "'; DROP TABLE write_keys; --", user_id: "' OR 1=1", properties: { a: '<script>' } };
  expect((await gateway.post(EVENTS, event)).status).toBe(202);
  expect((await fresh())[0]?.record).toMatchObject({ event_name: event.event, user_id: event.user_id });
});

it('has logged nothing that anybody sent', async () => {
  await gateway.post(EVENTS, { event: 'x', user_id: PERSON, properties: { email: PERSON } });
  const log = gateway.log.join('\n');
  for (const value of [PERSON, 'jane', gateway.key, 'DROP TABLE', 'Set-Cookie'])
    expect(log).not.toContain(value);
});

/** What costs the reader most memory, made quickly. */
const LARGEST_WINDOW = { [constants.BROTLI_PARAM_QUALITY]: 2, [constants.BROTLI_PARAM_LGWIN]: 24 };

function* chunks(total: number): Generator<Uint8Array> {
  const chunk = new Uint8Array(65_536).fill(0x20);
  for (let sent = 0; sent < total; sent += chunk.length) yield chunk;
}

/** 1 GB, compressed as it is made. */
async function compressZeros(engine: NodeJS.ReadWriteStream): Promise<Buffer> {
  const zeros = Buffer.alloc(MIB);
  const parts: Buffer[] = [];
  engine.on('data', (part: Buffer) => parts.push(part));
  await pipeline(
    Readable.from(
      (function* () {
        for (let i = 0; i < 1_024; i++) yield zeros;
      })(),
    ),
    engine,
  );
  return Buffer.concat(parts);
}
