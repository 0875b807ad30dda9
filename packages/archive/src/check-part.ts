import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CheckedCopy, createParquetCounter } from '@fineprint/parquet';
import { type Archive, openForReading } from './open-file.ts';
import type { PartName } from './part-name.ts';

export interface ExpectedPart extends PartName {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** What is wrong with a file, read again from its first byte to its last; null where it is as it was written. */
export async function partProblem(archive: Archive, expected: ExpectedPart): Promise<string | null> {
  const checked = new CheckedCopy(createParquetCounter());
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    await pipeline(openForReading(archive, expected), checked, nowhere);
    const { bytes, sha256, rows } = checked.summary();
    if (bytes !== expected.bytes) return `has ${bytes} bytes, and was written with ${expected.bytes}`;
    if (sha256 !== expected.sha256) return 'has other bytes than were written';
    return rows === expected.rows ? null : `has ${rows} rows, and was written with ${expected.rows}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'is not there';
    return error instanceof Error ? error.message : String(error);
  }
}
