import { promisify } from 'node:util';
import { constants, gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import snappy from 'kafkajs-snappy';
import { compressFrameSync, decompressFrame, decompressFrameSync } from 'lz4-napi';

/**
 * Whatever other producers compress with must be readable: without a codec kafkajs gives up on the whole partition.
 * Inflated sizes are bounded: the broker has checked a batch only in its compressed size.
 */
const MAX_INFLATED_BYTES = 256 << 20;
/** LZ4 takes less time for so much than handing it to another thread does. */
const QUICK_BYTES = 128 << 10;
const limit = { maxOutputLength: MAX_INFLATED_BYTES };
const { CompressionCodecs, CompressionTypes } = kafkajs;

const unzip = promisify(gunzip) as (data: Buffer, options: object) => Promise<Buffer>;
const unzstd = promisify(zstdDecompress) as (data: Buffer, options: object) => Promise<Buffer>;
const zip = promisify(gzip) as (data: Buffer) => Promise<Buffer>;
const zstd = promisify(zstdCompress) as (data: Buffer, options: object) => Promise<Buffer>;
/** The next ones take twice the time for a hundredth less. */
const fastest = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** What records are written with, best measured: docs/decisions/kafka-writer.md. */
export type Compression = 'none' | 'lz4' | 'zstd';
export const DEFAULT_COMPRESSION: Compression = 'lz4';

/** As the protocol numbers it. */
export const compressionTypes: Readonly<Record<Compression, number>> = {
  none: CompressionTypes.None,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

/** What kafkajs hands to a codec when it writes. */
interface Encoder {
  readonly buffer: Buffer;
}

CompressionCodecs[CompressionTypes.GZIP] = () => ({
  compress: (encoder: Encoder) => zip(encoder.buffer),
  decompress: (data: Buffer) => unzip(data, limit),
});
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: (encoder: Encoder) => zstd(encoder.buffer, fastest),
  decompress: (data: Buffer) => unzstd(data, limit),
});
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async (encoder: Encoder) => compressFrameSync(encoder.buffer),
  decompress: async (data: Buffer) =>
    data.length > QUICK_BYTES ? decompressFrame(data) : decompressFrameSync(data),
});
CompressionCodecs[CompressionTypes.Snappy] = snappy;
