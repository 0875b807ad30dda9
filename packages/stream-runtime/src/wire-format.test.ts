import { randomUUID } from 'node:crypto';
import { latestSchema } from '@fineprint/schemas';
import avro from 'avsc';
import { describe, expect, it } from 'vitest';
import { parseWire, peekEventId, writeWireHeader } from './wire-format.ts';

describe('wire format', () => {
  it('takes apart what it wrote, without copying', () => {
    const value = Buffer.alloc(8, 7);
    writeWireHeader(value, 70_000);
    const parsed = parseWire(value);
    expect(parsed?.schemaId).toBe(70_000);
    expect(parsed?.datum.buffer).toBe(value.buffer);
  });

  it.each([
    ['a tombstone', null],
    ['nothing', Buffer.alloc(0)],
    ['JSON', Buffer.from('{"a":1}')],
    ['a cut header', Buffer.from([0, 0, 0, 0])],
  ])('answers null for %s', (_name, value) => {
    expect(parseWire(value)).toBeNull();
  });
});

describe('peekEventId', () => {
  it('reads the id that avsc wrote', () => {
    const type = avro.Type.forSchema(latestSchema('ConsentUpdate').schema as avro.Schema);
    const event_id = randomUUID();
    const datum = type.toBuffer({
      event_id,
      event_time: 0,
      user_id: null,
      anonymous_id: null,
      categories: {},
      jurisdiction: null,
      method: null,
      policy_version: null,
      expires_at: null,
      source: 's',
      properties: '{}',
      context: '{}',
      client_event_time: null,
      flags: [],
    });
    expect(peekEventId(datum)).toBe(event_id);
  });

  it('answers null where the datum starts otherwise', () => {
    expect(peekEventId(Buffer.from([4, 65, 66]))).toBeNull();
    expect(peekEventId(Buffer.alloc(0))).toBeNull();
  });
});
