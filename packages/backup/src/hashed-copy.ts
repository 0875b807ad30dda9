import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';

export interface StoredBytes {
  readonly bytes: number;
  readonly sha256: string;
}

/** Passes bytes on and hashes them; where it is told what they have to be, it fails at the end of others. */
export class HashedCopy extends Transform {
  readonly #expected: StoredBytes | undefined;
  readonly #onOther: () => Error;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #stored: StoredBytes | undefined;

  constructor(expected?: StoredBytes, onOther: () => Error = () => new Error('other bytes')) {
    super();
    this.#expected = expected;
    this.#onOther = onOther;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    this.push(chunk);
    done();
  }

  override _flush(done: (error?: Error) => void): void {
    const stored = { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
    this.#stored = stored;
    const { bytes, sha256 } = this.#expected ?? stored;
    if (bytes === stored.bytes && sha256 === stored.sha256) done();
    else done(this.#onOther());
  }

  /** Once all has passed. */
  stored(): StoredBytes {
    if (this.#stored === undefined) throw new Error('asked before the end');
    return this.#stored;
  }
}
