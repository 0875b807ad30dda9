import { createRecordDecoder, createRecordEncoder } from '@fineprint/stream-runtime';
import { createMemoryLog, createMemoryRegistry } from '@fineprint/stream-testing';
import { expect, test } from 'vitest';
import { createReplayTopicWay } from './replay-topic-way.ts';
import { sampleLetter } from './testing.ts';
import type { FullLetter } from './ways.ts';

const REPLAY = 'replay.warehouse-loader';
const registry = createMemoryRegistry();
const encoder = await createRecordEncoder(registry, [REPLAY]);

test('the letter as it is, in its record’s partition number, to a topic that only the loader reads', async () => {
  const log = createMemoryLog(() => 1);
  const record = {
    dead_letter_id: '01890a5d-ac96-774b-bcce-b302099a8057',
    stage: 'warehouse-loader',
    code: 'store_refused',
    message: '',
    path: null,
    source_topic: 'product.events.clean',
    source_partition: 4,
    source_offset: 11,
    source_time: 5,
    source: null,
    event_id: null,
    schema_id: 1,
    key: Buffer.from('k'),
    value: Buffer.from('bytes'),
    headers: { 'fp-source-offset': Buffer.from('9') },
    failed_at: 6,
  } satisfies FullLetter['record'];
  expect(
    await createReplayTopicWay('warehouse-loader', log, encoder).send([
      { record, at: sampleLetter().at, rootId: '' },
    ]),
  ).toEqual(['replayed']);
  const [written] = log.read(REPLAY, 4);
  const decoder = createRecordDecoder(registry, Date.now);
  await decoder.prepare([written?.value ?? null]);
  expect(decoder.decode(REPLAY, written?.value ?? null)).toMatchObject({ ok: true, record });
});

test('only what has a place in a topic that the loader stores', () => {
  const way = createReplayTopicWay(
    'warehouse-loader',
    createMemoryLog(() => 1),
    encoder,
  );
  const letter = sampleLetter({ stage: 'warehouse-loader', sourceTopic: 'ai.requests.clean' });
  expect(way.refusalOf(letter)).toBeNull();
  for (const change of [
    { sourceTopic: REPLAY },
    { sourceTopic: 'ai.requests.raw' },
    { sourceOffset: null },
    { sourcePartition: 6 },
  ])
    expect(way.refusalOf({ ...letter, ...change }), JSON.stringify(change)).toBe('no_source');
});

test('a forwarder takes back product events, and nothing else', () => {
  const log = createMemoryLog(() => 1);
  const way = createReplayTopicWay('forwarder-mixpanel', log, encoder);
  const letter = sampleLetter({ stage: 'forwarder-mixpanel', sourceTopic: 'product.events.clean' });
  expect(way.refusalOf(letter)).toBeNull();
  expect(way.refusalOf({ ...letter, sourceTopic: 'ai.requests.clean' })).toBe('no_source');
});
