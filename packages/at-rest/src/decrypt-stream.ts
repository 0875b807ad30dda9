import { Transform, type TransformCallback } from 'node:stream';
import { AtRestError } from './at-rest-error.ts';
import { CHUNK_BYTES, FILE_PURPOSE } from './encrypt-stream.ts';
import { BOX_OVERHEAD_BYTES, type FileSeal, openFileSeal } from './file-seal.ts';
import type { Keyring } from './keyring.ts';

const BOX_BYTES = CHUNK_BYTES + BOX_OVERHEAD_BYTES;

/** Decrypts as it comes; fails with AtRestError. What came before a failure was right, and is not the whole: use no part of it. */
export function decryptStream(keyring: Keyring): Transform {
  return new DecryptStream(keyring);
}

class DecryptStream extends Transform {
  readonly #keyring: Keyring;
  #seal: FileSeal | null = null;
  #held: Buffer = Buffer.alloc(0);
  #place = 0;

  constructor(keyring: Keyring) {
    super();
    this.#keyring = keyring;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#held = Buffer.concat([this.#held, chunk]);
    try {
      this.#begin();
      // A full box is kept until more comes: it may be the last.
      while (this.#seal !== null && this.#held.length > BOX_BYTES) {
        const plain = this.#seal.open(this.#place, false, this.#held.subarray(0, BOX_BYTES));
        if (plain === null) throw damaged(this.#place);
        this.#place++;
        this.#held = this.#held.subarray(BOX_BYTES);
        this.push(plain);
      }
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    try {
      done(null, this.#last());
    } catch (error) {
      done(error as Error);
    }
  }

  #begin(): void {
    if (this.#seal !== null) return;
    this.#seal = openFileSeal(this.#keyring, this.#held, FILE_PURPOSE);
    if (this.#seal !== null) this.#held = this.#held.subarray(this.#seal.header.length);
  }

  #last(): Buffer {
    if (this.#seal === null) throw truncated();
    const plain = this.#seal.open(this.#place, true, this.#held);
    if (plain !== null) return plain;
    // A box that is whole but not the last one says that the rest is missing.
    if (this.#held.length < BOX_OVERHEAD_BYTES || this.#seal.open(this.#place, false, this.#held) !== null)
      throw truncated();
    throw damaged(this.#place);
  }
}

const truncated = () => new AtRestError('encrypted_data_truncated', 'the end of this file is missing');

const damaged = (place: number) =>
  new AtRestError(
    'encrypted_data_damaged',
    `the bytes from ${place * CHUNK_BYTES} on were changed, moved or cut`,
  );
