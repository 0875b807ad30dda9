import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Keyring, parseKeys } from '@fineprint/at-rest';
import type { OutputRecord } from '@fineprint/stream-runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSpool, type Spool } from './spool.ts';

const keys = `k:${randomBytes(32).toString('base64')}`;
const keyring: { current: Keyring | null } = { current: null };
let directory: string;
let spool: Spool;
const damages: string[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'spool-'));
  damages.length = 0;
});
afterEach(async () => {
  await spool.close();
  rmSync(directory, { recursive: true });
});

const open = async (options: { maxBytes?: number; segmentBytes?: number } = {}) => {
  spool = await openSpool({
    directory,
    maxBytes: 1e6,
    keyring: keyring.current,
    ...options,
    onDamage: ({ kind }) => damages.push(kind),
  });
};
const reopen = async () => {
  await spool.close();
  await open();
};
const record = (text: string): OutputRecord => ({
  topic: 'product.events.raw',
  key: Buffer.from('k'),
  value: Buffer.from(text),
});
const texts = (records: readonly OutputRecord[] = []) => records.map((r) => String(r.value));
const files = () => readdirSync(directory).filter((n) => n.includes('.spool'));

async function drain(maxRecords = 2): Promise<string[]> {
  const all: string[] = [];
  for (let batch = await spool.read(maxRecords); batch !== null; batch = await spool.read(maxRecords)) {
    all.push(...texts(batch.records));
    await batch.release();
  }
  return all;
}

describe.each([
  ['in the clear', null],
  ['encrypted', parseKeys(keys)],
])('a spool %s', (_name, ring) => {
  beforeEach(() => {
    keyring.current = ring;
  });

  it('gives back what it was given, in order, over segments and restarts', async () => {
    await open({ segmentBytes: 200 });
    const all = Array.from({ length: 20 }, (_, i) => `event ${i}`);
    for (const text of all) await spool.append([record(text)]);
    expect(files().length).toBeGreaterThan(3);
    await reopen();
    expect(await drain(3)).toEqual(all);
    expect(spool.backlogBytes()).toBe(0);
    await reopen();
    expect(await drain()).toEqual([]);
    expect(files()).toEqual([]);
  });

  it('gives again what was read and not released', async () => {
    await open();
    await spool.append(['a', 'b'].map(record));
    await spool.append([record('c')]);
    const first = await spool.read(2);
    expect(texts(first?.records)).toEqual(['a', 'b']);
    await first?.release();
    const second = await spool.read(2);
    expect(texts(second?.records)).toEqual(['c']);
    await reopen();
    expect(await drain()).toEqual(['c']);
  });

  it('takes records of any size', async () => {
    await open({ maxBytes: 100e6 });
    const large = 'x'.repeat(9_000_000);
    await spool.append([record('a'), record(large), record('b')]);
    expect((await drain(10)).map((t) => t.length)).toEqual([1, large.length, 1]);
  });

  it('refuses beyond its bound, and takes again once there is room', async () => {
    await open({ maxBytes: 300 });
    await spool.append([record('x'.repeat(150))]);
    await expect(spool.append([record('y'.repeat(150))])).rejects.toMatchObject({ code: 'spool_full' });
    expect(await drain()).toHaveLength(1);
    await spool.append([record('y'.repeat(150))]);
    expect(await drain()).toHaveLength(1);
  });

  it('cuts off what a crash tore: it was never acknowledged', async () => {
    await open();
    await spool.append([record('whole')]);
    await spool.append([record('torn')]);
    const path = join(directory, files()[0] ?? '');
    truncateSync(path, statSync(path).size - 2);
    await reopen();
    expect(damages).toEqual(['torn']);
    await spool.append([record('later')]);
    expect(await drain()).toEqual(['whole', 'later']);
  });

  it('sets a segment with a damaged middle aside, and goes on with the next', async () => {
    await open({ segmentBytes: 1 });
    for (const text of ['a', 'b', 'c']) await spool.append([record(text)]);
    const path = join(directory, files()[1] ?? '');
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = 0;
    writeFileSync(path, bytes);
    expect(await drain()).toEqual(['a', 'c']);
    expect(damages).toEqual(['damaged']);
    expect(files().some((n) => n.endsWith('.damaged'))).toBe(true);
    await reopen();
    expect(await drain()).toEqual([]);
  });

  it('belongs to one process, and is taken over from a dead one', async () => {
    const module = join(import.meta.dirname, 'spool.ts');
    const take = `import { openSpool } from ${JSON.stringify(module)};
      await openSpool({ directory: ${JSON.stringify(directory)}, maxBytes: 1e6, keyring: null, onDamage: () => {} });
      process.kill(process.pid, 'SIGKILL');`;
    const dead = spawnSync(process.execPath, ['--input-type=module', '-e', take], { encoding: 'utf8' });
    expect([dead.signal, dead.stderr]).toEqual(['SIGKILL', '']);
    await open();
    await expect(
      openSpool({ directory, maxBytes: 1, keyring: null, onDamage: () => undefined }),
    ).rejects.toMatchObject({
      code: 'spool_in_use',
    });
  });

  it('is readable by its owner alone', async () => {
    await open();
    await spool.append([record('a')]);
    expect(statSync(join(directory, files()[0] ?? '')).mode & 0o777).toBe(0o600);
  });
});

describe('encryption of a spool', () => {
  beforeEach(() => {
    keyring.current = parseKeys(keys);
  });

  it('leaves nothing readable on disk', async () => {
    await open();
    await spool.append([record('plain and simple')]);
    for (const name of readdirSync(directory))
      expect(readFileSync(join(directory, name), 'latin1')).not.toContain('plain and simple');
  });

  it('without the key nothing is read, and nothing is cut off', async () => {
    await open();
    await spool.append([record('a')]);
    const path = join(directory, files()[0] ?? '');
    const before = readFileSync(path);
    await spool.close();
    keyring.current = null;
    await expect(open()).rejects.toMatchObject({ code: 'encryption_key_missing' });
    keyring.current = parseKeys(`k:${randomBytes(32).toString('base64')}`);
    await expect(open()).rejects.toMatchObject({ code: 'encryption_key_wrong' });
    keyring.current = parseKeys(`other:${randomBytes(32).toString('base64')}`);
    await expect(open()).rejects.toMatchObject({ code: 'encryption_key_missing' });
    expect(readFileSync(path).equals(before)).toBe(true);
    keyring.current = parseKeys(keys);
    await open();
    expect(await drain()).toEqual(['a']);
  });

  it('begins with what is there: in the clear, with an older key, with the newest', async () => {
    keyring.current = null;
    await open();
    await spool.append([record('a')]);
    keyring.current = parseKeys(keys);
    await reopen();
    await spool.append([record('b')]);
    const newer = `new:${randomBytes(32).toString('base64')}`;
    keyring.current = parseKeys(`${newer},${keys}`);
    await reopen();
    await spool.append([record('c')]);
    await spool.close();
    keyring.current = parseKeys(`${keys},${newer}`);
    await open();
    expect(await drain(1)).toEqual(['a', 'b', 'c']);
  });

  it('knows a segment that took the place of another one', async () => {
    await open({ segmentBytes: 1 });
    await spool.append([record('a')]);
    await spool.append([record('b')]);
    await spool.close();
    const [first = '', second = ''] = files().map((name) => join(directory, name));
    const bytes = readFileSync(first);
    writeFileSync(first, readFileSync(second));
    writeFileSync(second, bytes);
    await expect(open()).rejects.toMatchObject({ code: 'encryption_key_wrong' });
    writeFileSync(second, readFileSync(first));
    writeFileSync(first, bytes);
    await open();
    expect(await drain()).toEqual(['a', 'b']);
  });

  it('of many records gives back no more than it is asked for, where they do not stand in one block', async () => {
    await open({ maxBytes: 10e6 });
    const all = Array.from({ length: 1_234 }, (_, i) => `event ${i}`);
    await spool.append(all.map(record));
    const first = await spool.read(600);
    expect(first?.records.length).toBe(500);
    expect(await drain(10_000)).toEqual(all);
  });
});
