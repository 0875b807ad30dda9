declare module 'kafkajs-snappy' {
  import type { Buffer } from 'node:buffer';

  /** Xerial-framed Snappy, as Kafka's Java client writes it. */
  const codec: () => {
    compress(encoder: { buffer: Buffer }): Promise<Buffer>;
    decompress(data: Buffer): Promise<Buffer>;
  };
  export default codec;
}
