import { promisify } from 'node:util';
import { gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import snappy from 'kafkajs-snappy';
import { compressFrame, decompressFrame } from 'lz4-napi';

/**
 * Whatever other producers compress with must be readable: without a codec kafkajs gives up on the whole partition.
 * Inflated sizes are bounded: the broker has checked a batch only in its compressed size.
 */
const MAX_INFLATED_BYTES = 256 << 20;
const limit = { maxOutputLength: MAX_INFLATED_BYTES };
const { CompressionCodecs, CompressionTypes } = kafkajs;

const unzip = promisify(gunzip) as (data: Buffer, options: object) => Promise<Buffer>;
const unzstd = promisify(zstdDecompress) as (data: Buffer, options: object) => Promise<Buffer>;
const zip = promisify(gzip) as (data: Buffer) => Promise<Buffer>;
const zstd = promisify(zstdCompress) as (data: Buffer) => Promise<Buffer>;

/** What kafkajs hands to a codec when it writes. */
interface Encoder {
  readonly buffer: Buffer;
}

CompressionCodecs[CompressionTypes.GZIP] = () => ({
  compress: (encoder: Encoder) => zip(encoder.buffer),
  decompress: (data: Buffer) => unzip(data, limit),
});
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: (encoder: Encoder) => zstd(encoder.buffer),
  decompress: (data: Buffer) => unzstd(data, limit),
});
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: (encoder: Encoder) => compressFrame(encoder.buffer),
  decompress: (data: Buffer) => decompressFrame(data),
});
CompressionCodecs[CompressionTypes.Snappy] = snappy;
