import { type OutputRecord, REPLAY_OF_HEADER, StreamError } from '@fineprint/stream-runtime';
import { expect, test, vi } from 'vitest';
import { createRawWay } from './raw-way.ts';
import { sampleLetter } from './testing.ts';
import type { FullLetter } from './ways.ts';

function full(change: object = {}): FullLetter {
  const record = {
    dead_letter_id: 'letter',
    stage: 'pii-scrubber',
    code: 'unknown_schema',
    source_topic: 'ai.requests.raw',
    source_partition: 4,
    source_offset: 11,
    event_id: 'E',
    key: Buffer.from('k'),
    value: Buffer.from('bytes'),
    headers: { traceparent: Buffer.from('t'), [REPLAY_OF_HEADER]: Buffer.from('before') },
    ...change,
  };
  return { record, at: sampleLetter().at, rootId: 'root' } as unknown as FullLetter;
}

function way(write: (records: readonly OutputRecord[]) => Promise<void> = () => Promise.resolve()) {
  const written: OutputRecord[] = [];
  const writer = {
    write: async (records: readonly OutputRecord[]) => {
      await write(records);
      written.push(...records);
    },
    close: () => Promise.resolve(),
  };
  const release = vi.fn(() => Promise.resolve());
  return { written, release, way: createRawWay(writer, release) };
}

test('key, bytes and headers as they were, to the same partition, with whose replay it is', async () => {
  const { written, release, way: raw } = way();
  expect(await raw.send([full()])).toEqual(['replayed']);
  expect(written).toEqual([
    {
      topic: 'ai.requests.raw',
      partition: 4,
      key: Buffer.from('k'),
      value: Buffer.from('bytes'),
      headers: { [REPLAY_OF_HEADER]: 'letter', traceparent: Buffer.from('t') },
    },
  ]);
  expect(release).not.toHaveBeenCalled();
});

test('a record that was refused after it had claimed its id: the claim is let go of before', async () => {
  const { release, way: raw } = way();
  await raw.send([full({ code: 'record_too_large' })]);
  const place = { topic: 'ai.requests.raw', partition: 4, offset: 11 };
  expect(release).toHaveBeenCalledWith([{ id: 'e', place }]);
});

test('one that is too large is named, its neighbours go', async () => {
  const isLarge = (r: OutputRecord) => r.value?.toString() === 'large';
  const { written, way: raw } = way((records) =>
    records.some(isLarge) ? Promise.reject(new StreamError('record_too_large', '')) : Promise.resolve(),
  );
  const letters = [full(), full({ value: Buffer.from('large') }), full()];
  expect(await raw.send(letters)).toEqual(['replayed', 'record_too_large', 'replayed']);
  expect(written).toHaveLength(2);
});

test('where a letter does not say its place, or names one that is none of the scrubber, it does not go', () => {
  const { way: raw } = way();
  expect(raw.refusalOf(sampleLetter())).toBeNull();
  for (const change of [
    { sourceTopic: null },
    { sourceTopic: 'product.events.clean' },
    { sourceTopic: '__proto__' },
    { sourcePartition: 99 },
    { sourcePartition: null },
  ])
    expect(raw.refusalOf(sampleLetter(change)), JSON.stringify(change)).toBe('no_source');
});
