import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Keyring, parseKeys } from '@fineprint/at-rest';
import { openSpool } from '@fineprint/ingest-gateway/spool';
import type { OutputRecord } from '@fineprint/stream-runtime';

/** How fast the gateway's spool takes events and gives them back, in the clear and encrypted, turn by turn. */

const BATCHES = 200;
const BATCH_RECORDS = 1_000;
const TURNS = 5;
const EVENT_BYTES = 190;

const records = Array.from(
  { length: BATCH_RECORDS },
  (_, i): OutputRecord => ({
    topic: 'product.events.raw',
    key: Buffer.from(`user-${i}`),
    value: randomBytes(EVENT_BYTES),
    timestampMs: 1_790_000_000_000 + i,
    headers: { source: Buffer.from('bench') },
  }),
);

interface Rates {
  readonly writePerS: number;
  readonly readPerS: number;
  /** Of the process's own work, whatever else the machine does. */
  readonly writePerCpuS: number;
  readonly readPerCpuS: number;
}

const cpuS = () => process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6;
const now = () => ({ wallS: performance.now() / 1_000, cpuS: cpuS() });

async function turn(keyring: Keyring | null): Promise<Rates> {
  const directory = mkdtempSync(path.join(tmpdir(), 'spool-bench-'));
  const onDamage = () => undefined;
  const spool = await openSpool({ directory, maxBytes: 1 << 30, keyring, onDamage });
  try {
    const started = now();
    for (let batch = 0; batch < BATCHES; batch++) await spool.append(records);
    const written = now();
    let read = 0;
    for (let batch = await spool.read(10_000); batch !== null; batch = await spool.read(10_000)) {
      read += batch.records.length;
      await batch.release();
    }
    const ended = now();
    if (read !== BATCHES * BATCH_RECORDS) throw new Error(`${read} records came back`);
    return {
      writePerS: read / (written.wallS - started.wallS),
      readPerS: read / (ended.wallS - written.wallS),
      writePerCpuS: read / (written.cpuS - started.cpuS),
      readPerCpuS: read / (ended.cpuS - written.cpuS),
    };
  } finally {
    await spool.close();
    rmSync(directory, { recursive: true });
  }
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
const keyring = parseKeys(`bench:${randomBytes(32).toString('base64')}`);
const plain: Rates[] = [];
const sealed: Rates[] = [];
for (let i = 0; i < TURNS; i++) {
  plain.push(await turn(null));
  sealed.push(await turn(keyring));
}
const report = Object.fromEntries(
  (['writePerS', 'readPerS', 'writePerCpuS', 'readPerCpuS'] as const).map((what) => {
    const [clear = 0, encrypted = 0] = [plain, sealed].map((turns) =>
      Math.round(median(turns.map((t) => t[what]))),
    );
    return [what, { clear, encrypted, ratio: Number((encrypted / clear).toFixed(2)) }];
  }),
);
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
