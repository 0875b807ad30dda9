import { Transform, type TransformCallback } from 'node:stream';
import { createFileSeal, type FileSeal } from './file-seal.ts';
import type { Keyring } from './keyring.ts';

/** Of plain text, in each box but the last. Small enough to hold, large enough that the overhead is nothing. */
export const CHUNK_BYTES = 64 << 10;

/** What files of this stream are, among all that are sealed. */
export const FILE_PURPOSE = 'file';

/** Encrypts as it comes. Holds one chunk. */
export function encryptStream(keyring: Keyring): Transform {
  return new EncryptStream(createFileSeal(keyring, FILE_PURPOSE));
}

/** The last box is marked in its nonce, so a cut file cannot pass for a whole one; there is one even in an empty file. */
class EncryptStream extends Transform {
  readonly #seal: FileSeal;
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #place = 0;

  constructor(seal: FileSeal) {
    super();
    this.#seal = seal;
    this.push(seal.header);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    // A full chunk is kept until more comes: it may be the last.
    if (this.#heldBytes > CHUNK_BYTES) {
      let rest = Buffer.concat(this.#held);
      while (rest.length > CHUNK_BYTES) {
        this.push(this.#seal.seal(this.#place++, false, rest.subarray(0, CHUNK_BYTES)));
        rest = rest.subarray(CHUNK_BYTES);
      }
      this.#held.splice(0, this.#held.length, rest);
      this.#heldBytes = rest.length;
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    this.push(this.#seal.seal(this.#place, true, Buffer.concat(this.#held)));
    done();
  }
}
