import { latestSchema } from '@fineprint/schemas';
import { sampleAiRequest, sampleProductEvent } from '@fineprint/stream-testing';
import avro from 'avsc';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildContainer, containerColumns, containerHeader } from './container.ts';

/** Reads a container with avsc's own reader. */
function readBack(bytes: Buffer): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const rows: unknown[] = [];
    const decoder = new avro.streams.BlockDecoder();
    decoder.on('data', (row: unknown) => rows.push(row));
    decoder.on('error', reject);
    decoder.on('end', () => resolve(rows));
    decoder.end(bytes);
  });
}

const { schema } = latestSchema('ProductEvent');
const type = avro.Type.forSchema(schema as avro.Schema);

it("is a container file that Avro's own reader reads, each row with its place", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ offset: fc.nat(2 ** 40), source: fc.integer({ min: -1, max: 1e9 }), name: fc.string() }),
        {
          minLength: 1,
          maxLength: 50,
        },
      ),
      async (list) => {
        const events = list.map((r) => sampleProductEvent({ event_name: r.name }));
        const rows = list.map((r, i) => ({
          partition: 5,
          offset: r.offset,
          sourceOffset: r.source,
          receivedAtMs: 1_700_000_000_123,
          datum: type.toBuffer(events[i]),
        }));
        const read = await readBack(buildContainer(containerHeader(schema), rows));
        expect(read.map((r) => ({ ...(r as object) }))).toEqual(
          list.map((r, i) => ({
            _partition: 5,
            _offset: r.offset,
            _source_offset: r.source,
            received_at: 1_700_000_000_123,
            ...events[i],
          })),
        );
      },
    ),
    { numRuns: 50 },
  );
});

it('names its columns, place first', () => {
  const columns = containerColumns(latestSchema('AiRequest').schema);
  expect(columns.slice(0, 5)).toEqual(['_partition', '_offset', '_source_offset', 'received_at', 'event_id']);
  expect(columns.length).toBe(4 + Object.keys(sampleAiRequest()).length);
});
