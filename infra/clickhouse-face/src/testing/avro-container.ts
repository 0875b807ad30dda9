import { randomBytes } from 'node:crypto';
import { deflateRawSync, zstdCompressSync } from 'node:zlib';
import avro, { type Schema } from 'avsc';

export type AvroCodec = 'null' | 'deflate' | 'zstandard';

const MAGIC = Buffer.from('Obj\u0001', 'latin1');
const LONG = avro.Type.forSchema('long');
const META = avro.Type.forSchema({ type: 'map', values: 'bytes' });

const COMPRESS: Readonly<Record<AvroCodec, (block: Buffer) => Buffer>> = {
  null: (block) => block,
  deflate: (block) => deflateRawSync(block),
  zstandard: (block) => zstdCompressSync(block),
};

/** Builds an Avro object container from datums that are encoded already, as the warehouse loader does. */
export function avroContainer(
  schema: Schema,
  datums: readonly Buffer[],
  codec: AvroCodec = 'null',
  datumsPerBlock = 1_000,
): Buffer {
  const sync = randomBytes(16);
  const meta = { 'avro.schema': Buffer.from(JSON.stringify(schema)), 'avro.codec': Buffer.from(codec) };
  const parts = [MAGIC, META.toBuffer(meta), sync];
  for (let start = 0; start < datums.length; start += datumsPerBlock) {
    const block = datums.slice(start, start + datumsPerBlock);
    const bytes = COMPRESS[codec](Buffer.concat(block));
    parts.push(LONG.toBuffer(block.length), LONG.toBuffer(bytes.length), bytes, sync);
  }
  return Buffer.concat(parts);
}
