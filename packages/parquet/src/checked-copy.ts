import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';
import type { RowCounter } from './row-counter.ts';

export interface CopySummary {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** ClickHouse marks an exception in a result that is under way; so long an end is held back until it is known what it is. */
export const HELD_BYTES = 32 << 10;
const MARK = Buffer.from('\r\n__exception__\r\n');

/** Passes a result on, counts and hashes it; fails where it ends with ClickHouse's exception, which is never passed on. */
export class CheckedCopy extends Transform {
  private readonly counter: RowCounter;
  private readonly hash = createHash('sha256');
  private held: Buffer = Buffer.alloc(0);
  private bytes = 0;

  constructor(counter: RowCounter) {
    super();
    this.counter = counter;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const all = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    const ready = Math.max(0, all.length - HELD_BYTES);
    // A copy: what is held must not keep a large chunk alive.
    this.held = Buffer.from(all.subarray(ready));
    if (ready > 0) this.pass(all.subarray(0, ready));
    done();
  }

  override _flush(done: (error?: Error) => void): void {
    if (this.held.includes(MARK)) {
      done(new Error('ClickHouse broke off the result'));
      return;
    }
    if (this.held.length > 0) this.pass(this.held);
    done();
  }

  /** Once all was passed on. */
  summary(): CopySummary {
    return { rows: this.counter.rows(), bytes: this.bytes, sha256: this.hash.digest('hex') };
  }

  private pass(chunk: Buffer): void {
    this.counter.add(chunk);
    this.hash.update(chunk);
    this.bytes += chunk.length;
    this.push(chunk);
  }
}
