import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutputRecord } from '@fineprint/stream-runtime';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Spool } from './spool.ts';

type Place = 'write' | 'data' | 'directory' | 'position';
/** What the file system says next, and of a write how much of it is on disk by then. */
interface Fault {
  readonly place: Place;
  readonly code: 'ENOSPC' | 'EDQUOT' | 'EIO';
  readonly written: number;
}
const plan = vi.hoisted(() => ({ fault: null as Fault | null }));

const failAt = (place: Place) => {
  const { fault } = plan;
  if (fault?.place !== place) return;
  throw Object.assign(new Error(`${fault.code}: injected`), { code: fault.code, syscall: place });
};

vi.mock('./durable-files.ts', async (original) => {
  const real = await original<typeof import('./durable-files.ts')>();
  return {
    ...real,
    async writeAll(file: FileHandle, bytes: Buffer, position: number) {
      const part =
        plan.fault?.place === 'write' ? Math.floor(bytes.length * plan.fault.written) : bytes.length;
      await real.writeAll(file, bytes.subarray(0, part), position);
      failAt('write');
    },
    async syncData(file: FileHandle) {
      failAt('data');
      await real.syncData(file);
    },
    async syncDirectory(directory: string) {
      failAt('directory');
      await real.syncDirectory(directory);
    },
  };
});
vi.mock('./position.ts', async (original) => {
  const real = await original<typeof import('./position.ts')>();
  return {
    ...real,
    async writePosition(...args: Parameters<typeof real.writePosition>) {
      failAt('position');
      await real.writePosition(...args);
    },
  };
});

// Other files may have loaded it without the mocks, or load it after us.
vi.resetModules();
const { openSpool } = await import('./spool.ts');
afterAll(() => vi.resetModules());

let directory: string;
let spool: Spool;
const damages: string[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spool-full-'));
  damages.length = 0;
  plan.fault = null;
});
afterEach(async () => {
  plan.fault = null;
  await spool.close();
  rmSync(directory, { recursive: true });
});

const open = async () => {
  spool = await openSpool({
    directory,
    maxBytes: 1e6,
    segmentBytes: 400,
    keyring: null,
    onDamage: (d) => damages.push(d.kind),
  });
};
const record = (text: string): OutputRecord => ({
  topic: 'product.events.raw',
  key: null,
  value: Buffer.from(text),
});
const files = () => readdirSync(directory).filter((name) => name.includes('.spool'));

/** Everything that is read until there is nothing left; what is read again after a failed release too. */
async function drain(): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    try {
      const batch = await spool.read(3);
      if (batch === null) return found;
      found.push(...batch.records.map((r) => String(r.value)));
      await batch.release();
    } catch {
      plan.fault = null; // the disk is mended; as in life, the loop goes on
    }
  }
}

const faults = fc.record({
  place: fc.constantFrom<Place>('write', 'data', 'directory', 'position'),
  code: fc.constantFrom('ENOSPC' as const, 'EDQUOT' as const, 'EIO' as const),
  written: fc.double({ min: 0, max: 1, noNaN: true }),
});
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('append' as const), records: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ do: fc.constant('fail' as const), fault: faults }),
    fc.record({ do: fc.constant('mend' as const) }),
    fc.record({ do: fc.constant('drain' as const) }),
    fc.record({ do: fc.constant('reopen' as const) }),
  ),
  { maxLength: 40 },
);

it('keeps what it acknowledged, in order, whatever the file system refuses in the middle of an append, and never half a record', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      plan.fault = null;
      damages.length = 0;
      rmSync(directory, { recursive: true, force: true });
      await open();
      const acknowledged: string[] = [];
      const refused = new Set<string>();
      const read: string[] = [];
      let next = 0;
      for (const step of script) {
        if (step.do === 'fail') plan.fault = step.fault;
        if (step.do === 'mend') plan.fault = null;
        if (step.do === 'drain') read.push(...(await drain()));
        if (step.do === 'append') {
          const texts = Array.from({ length: step.records }, () => `event ${next++} ${'x'.repeat(50)}`);
          await spool.append(texts.map(record)).then(
            () => acknowledged.push(...texts),
            () => {
              for (const text of texts) refused.add(text);
            },
          );
        }
        if (step.do === 'reopen') {
          await spool.close();
          await open();
        }
      }
      plan.fault = null;
      await spool.close();
      await open();
      read.push(...(await drain()));
      const wanted = new Set(acknowledged);
      // A refused one may be there whole; a crash may repeat. Nothing else may.
      expect(read.filter((text) => !wanted.has(text) && !refused.has(text))).toEqual([]);
      expect([...new Set(read.filter((text) => wanted.has(text)))]).toEqual(acknowledged);
      expect(damages).toEqual([]);
      expect(files()).toEqual([]);
      await spool.append([record('later')]);
      expect(await drain()).toEqual(['later']);
      await spool.close();
    }),
    { numRuns: 150 },
  );
  await open();
}, 60_000);

it('leaves no file behind for a try that was refused, however many there are', async () => {
  await open();
  for (const place of ['write', 'data', 'directory'] as const) {
    plan.fault = { place, code: 'ENOSPC', written: 0.5 };
    for (let i = 0; i < 50; i++) {
      await expect(spool.append([record('x')])).rejects.toMatchObject({ code: 'disk_full' });
    }
    expect([files(), spool.isFull(), spool.backlogBytes()]).toEqual([[], true, 0]);
  }
  plan.fault = null;
  await spool.append([record('y')]);
  expect([spool.isFull(), await drain(), files().length]).toEqual([false, ['y'], 1]);
});

it('frees a full disk by draining, although its position cannot be written there', async () => {
  await open();
  const all = Array.from({ length: 30 }, (_, i) => `event ${i} ${'x'.repeat(50)}`);
  for (const text of all) await spool.append([record(text)]);
  plan.fault = { place: 'position', code: 'ENOSPC', written: 0 };
  const batches: string[] = [];
  for (let batch = await spool.read(3); batch !== null; batch = await spool.read(3)) {
    batches.push(...batch.records.map((r) => String(r.value)));
    await batch.release();
  }
  expect(batches).toEqual(all);
  expect(files().length).toBeLessThanOrEqual(1); // the one that is written to
  expect(spool.backlogBytes()).toBe(0);
});
