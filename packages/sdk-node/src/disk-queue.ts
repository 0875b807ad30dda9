import fs from 'node:fs';
import { type FileHandle, open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tryLock } from '@fineprint/file-lock';
import { type QueuedEvent, SdkError } from '@fineprint/sdk-core';
import { toLine } from './disk-line.ts';
import { HEAD_FILE, type Place, readQueue, segmentFile } from './disk-segments.ts';
import type { FsyncPolicy } from './options.ts';
import type { Queue } from './queue.ts';

export interface DiskQueueOptions {
  readonly directory: string;
  readonly fsync: FsyncPolicy;
  /** Told how many lines could not be read. */
  readonly onDamage: (lines: number) => void;
  /** Told of a position or an fsync that failed: events are in the files all the same, and may be sent twice, with their ids. */
  readonly onFailure: (cause: unknown) => void;
}

const SEGMENT_BYTES = 4 * 1_048_576;
const FSYNC_INTERVAL_MS = 1_000;

interface Write {
  readonly event: QueuedEvent;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Events in append-only files, and a small one that says how far they are delivered. Many calls share one write, and one fsync.
 * A write that failed may have left half a line, so what follows goes into a new file.
 */
export class DiskQueue implements Queue {
  readonly restored: readonly QueuedEvent[];
  readonly #options: DiskQueueOptions;
  readonly #lock: { release(): void };
  /** Where each event that waits ends, oldest first. */
  readonly #ends: Place[];
  #segment: number;
  #oldest: number;
  #offset = 0;
  #file: FileHandle | undefined;
  #writes: Write[] = [];
  #work: Promise<void> = Promise.resolve();
  #isWriting = false;
  #isDirty = false;
  #head: Place | undefined;
  #closing: Promise<void> | undefined;
  readonly #timer: NodeJS.Timeout | undefined;

  /** Throws `queue_in_use` where another process has the folder. */
  constructor(options: DiskQueueOptions) {
    const { directory } = options;
    this.#options = options;
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    const lock = tryLock(path.join(directory, 'lock.sqlite'));
    if (lock === undefined)
      throw new SdkError('queue_in_use', `Another process uses ${directory}: give each a folder of its own.`);
    this.#lock = lock;
    const found = readQueue(directory);
    if (found.damagedLines > 0) options.onDamage(found.damagedLines);
    this.restored = found.events;
    this.#ends = [...found.ends];
    this.#oldest = found.oldestSegment;
    this.#segment = found.nextSegment;
    if (options.fsync === 'interval')
      this.#timer = setInterval(() => this.#next(() => this.#sync()), FSYNC_INTERVAL_MS).unref();
  }

  put(event: QueuedEvent): Promise<void> {
    return new Promise((done, failed) => {
      this.#writes.push({ event, done, failed });
      if (this.#isWriting) return;
      this.#isWriting = true;
      this.#next(() => this.#writeAll());
    });
  }

  /** The oldest `count` events are delivered, or given up. */
  remove(count: number): void {
    const head = this.#ends.splice(0, count).at(-1);
    if (head === undefined) return;
    const isSaving = this.#head !== undefined;
    this.#head = head;
    if (!isSaving) this.#next(() => this.#saveHead());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer);
    this.#next(async () => {
      await this.#sync();
      await this.#file?.close();
      this.#file = undefined;
      if (this.#ends.length === 0) await this.#removeSegments(this.#segment + 1);
    });
    await this.#work;
    this.#lock.release();
  }

  #next(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).catch(this.#options.onFailure);
  }

  async #writeAll(): Promise<void> {
    while (this.#writes.length > 0) {
      const writes = this.#writes;
      this.#writes = [];
      await this.#write(writes);
    }
    this.#isWriting = false;
  }

  async #write(writes: readonly Write[]): Promise<void> {
    const lines = writes.map((w) => Buffer.from(toLine(w.event)));
    try {
      const file = await this.#openSegment();
      await file.appendFile(Buffer.concat(lines));
      this.#isDirty = true;
      if (this.#options.fsync === 'always') await this.#sync();
    } catch (cause) {
      await this.#roll();
      const message = `The event could not be written to ${this.#options.directory}: check its disk.`;
      for (const { failed } of writes) failed(new SdkError('queue_write_failed', message, { cause }));
      return;
    }
    for (const [i, { done }] of writes.entries()) {
      this.#offset += lines[i]?.length ?? 0;
      this.#ends.push({ segment: this.#segment, offset: this.#offset });
      done();
    }
  }

  async #openSegment(): Promise<FileHandle> {
    if (this.#offset >= SEGMENT_BYTES) await this.#roll();
    this.#file ??= await open(segmentFile(this.#options.directory, this.#segment), 'a', 0o600);
    return this.#file;
  }

  async #roll(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#segment++;
    this.#offset = 0;
    await file?.close().catch(this.#options.onFailure);
  }

  async #sync(): Promise<void> {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    await this.#file?.datasync();
  }

  /** Replaced, never edited. Not synced: an older one repeats events, whose ids are known. */
  async #saveHead(): Promise<void> {
    const head = this.#head;
    this.#head = undefined;
    if (head === undefined) return;
    const file = path.join(this.#options.directory, HEAD_FILE);
    await writeFile(`${file}.new`, JSON.stringify(head), { mode: 0o600 });
    await rename(`${file}.new`, file);
    await this.#removeSegments(head.segment);
  }

  async #removeSegments(before: number): Promise<void> {
    for (; this.#oldest < before; this.#oldest++)
      await rm(segmentFile(this.#options.directory, this.#oldest), { force: true });
  }
}
