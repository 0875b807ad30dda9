import { createMemoryRegistry } from '@fineprint/stream-testing';
import { expect, it } from 'vitest';
import { maskPath, NOTES_TOPIC, toNote } from './note.ts';
import { createRecordDecoder } from './record-decoder.ts';
import { createRecordEncoder } from './record-encoder.ts';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const dropped = { kind: 'dropped', reason: 'duplicate_event_id' } as const;

it('says what happened to an event, where', async () => {
  const registry = createMemoryRegistry();
  const encoder = await createRecordEncoder(registry, [NOTES_TOPIC]);
  const at = { topic: 'consent.updates', partition: 3, offset: 9 } as const;
  const [note] = toNote('pii-scrubber', encoder, at, { ...dropped, eventId: ID.toUpperCase() }, 5);
  expect(note).toMatchObject({ topic: NOTES_TOPIC, partition: 3, timestampMs: 5 });
  const decoder = createRecordDecoder(registry, () => 0);
  await decoder.prepare([note?.value ?? null]);
  expect(decoder.decode(NOTES_TOPIC, note?.value ?? null)).toMatchObject({
    ok: true,
    record: { event_id: ID, stage: 'pii-scrubber', ...at, ...dropped },
  });
  expect(toNote('pii-scrubber', encoder, at, { ...dropped, eventId: 'no id' }, 5)).toEqual([]);
  expect(toNote('ingest-gateway', encoder, null, { ...dropped, eventId: ID }, 5)[0]).not.toHaveProperty(
    'partition',
  );
});

it('masks the parts of a path that may be personal', () => {
  expect(maskPath('$.properties.email')).toBe('$.properties.email');
  expect(maskPath('$.items.3.jane@example.com.note')).toBe('$.items.3.*.com.note');
  expect(maskPath('$.traits.Jane Doe')).toBe('$.traits.*');
  expect(maskPath('traits.[EMAIL].0')).toBe('traits.[EMAIL].0');
  expect(maskPath('traits.[PHONE_2].4915112345678')).toBe('traits.*.*');
});

it('keeps the beginning of a long path', () => {
  expect(maskPath(Array(100_000).fill('a').join('.'))).toBe([...Array(12).fill('a'), '*'].join('.'));
});
