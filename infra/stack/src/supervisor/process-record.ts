import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { processIdentity } from './process-identity.ts';

const recordSchema = z.object({
  name: z.string(),
  tier: z.enum(['part', 'service']),
  pid: z.number().int().positive(),
  /** See processIdentity: a reused pid is never taken for this process. */
  identity: z.string(),
  specHash: z.string(),
  command: z.string(),
  ports: z.array(z.number().int()),
  url: z.string().optional(),
  readyUrl: z.string().optional(),
  logFile: z.string(),
  startedAt: z.iso.datetime(),
  stopSignal: z.enum(['SIGTERM', 'SIGINT']),
  stopTimeoutMs: z.number().int().positive(),
});

/** What `up` leaves behind about a process it started, for `status` and `down` in later processes. */
export type ProcessRecord = z.output<typeof recordSchema>;

const SUFFIX = '.json';

/** Synchronous, so that nothing happens between a spawn and its record. */
export function writeRecord(runDir: string, record: ProcessRecord): void {
  fs.mkdirSync(runDir, { recursive: true });
  const file = path.join(runDir, record.name + SUFFIX);
  fs.writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  fs.renameSync(`${file}.new`, file);
}

export function readRecord(runDir: string, name: string): ProcessRecord | undefined {
  let text: string;
  try {
    text = fs.readFileSync(path.join(runDir, name + SUFFIX), 'utf8');
  } catch {
    return undefined; // never started, or stopped
  }
  return parseRecord(text);
}

/** Undefined for what no version of this file wrote: nothing may be killed on the word of a damaged record. */
export function parseRecord(text: string): ProcessRecord | undefined {
  try {
    const parsed = recordSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

export function readRecords(runDir: string): ProcessRecord[] {
  if (!fs.existsSync(runDir)) return [];
  const records: ProcessRecord[] = [];
  for (const file of fs.readdirSync(runDir).sort()) {
    if (!file.endsWith(SUFFIX)) continue;
    const record = readRecord(runDir, file.slice(0, -SUFFIX.length));
    if (record !== undefined) records.push(record);
  }
  return records;
}

export function removeRecord(runDir: string, name: string): void {
  fs.rmSync(path.join(runDir, name + SUFFIX), { force: true });
}

export function isAlive(record: Pick<ProcessRecord, 'pid' | 'identity'>): boolean {
  return processIdentity(record.pid) === record.identity;
}
