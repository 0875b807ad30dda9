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

async function turn(keyring: Keyring | null): Promise<{ writePerS: number; readPerS: number }> {
  const directory = mkdtempSync(path.join(tmpdir(), 'spool-bench-'));
  const onDamage = () => undefined;
  const spool = await openSpool({ directory, maxBytes: 1 << 30, keyring, onDamage });
  try {
    const startedMs = performance.now();
    for (let batch = 0; batch < BATCHES; batch++) await spool.append(records);
    const writtenMs = performance.now();
    let read = 0;
    for (let batch = await spool.read(10_000); batch !== null; batch = await spool.read(10_000)) {
      read += batch.records.length;
      await batch.release();
    }
    const readMs = performance.now();
    if (read !== BATCHES * BATCH_RECORDS) throw new Error(`${read} records came back`);
    return {
      writePerS: (read / (writtenMs - startedMs)) * 1_000,
      readPerS: (read / (readMs - writtenMs)) * 1_000,
    };
  } finally {
    await spool.close();
    rmSync(directory, { recursive: true });
  }
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
const keyring = parseKeys(`bench:${randomBytes(32).toString('base64')}`);
const plain: Awaited<ReturnType<typeof turn>>[] = [];
const sealed: Awaited<ReturnType<typeof turn>>[] = [];
for (let i = 0; i < TURNS; i++) {
  plain.push(await turn(null));
  sealed.push(await turn(keyring));
}
for (const what of ['writePerS', 'readPerS'] as const) {
  const [clear, encrypted] = [plain, sealed].map((turns) => median(turns.map((t) => t[what])));
  const ratio = (encrypted ?? 0) / (clear ?? 1);
  process.stdout.write(
    `${what}: in the clear ${Math.round(clear ?? 0)}, encrypted ${Math.round(encrypted ?? 0)}, ratio ${ratio.toFixed(2)}\n`,
  );
}
