import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStack, REPO_DIR, type Stack } from './stack.ts';
import { isPortTaken, listeningAddresses } from './supervisor/port-owner.ts';
import { isAlive, readRecords } from './supervisor/process-record.ts';
import { connectAnonymously, readMarks, registerSchema, writeMarks } from './test-clients.ts';
import { type TestSlot, takeTestSlot } from './test-slot.ts';

/** The native provider with real clients, on ports and data of its own, killed and brought back. */
let slot: TestSlot;
let stack: Stack;

const records = () => readRecords(path.join(slot.dataDir, 'run'));

function killAll(): void {
  for (const { pid } of records()) process.kill(pid, 'SIGKILL');
}

beforeAll(async () => {
  slot = takeTestSlot(REPO_DIR);
  const env = {
    ...process.env,
    FINEPRINT_PROVIDER: 'native',
    FINEPRINT_DATA_DIR: slot.dataDir,
    FINEPRINT_PORT_OFFSET: String(slot.portOffset),
  };
  await (await openStack({ ...env, FINEPRINT_PROVIDER: 'auto' })).erase();
  fs.rmSync(slot.dataDir, { recursive: true, force: true });
  stack = await openStack(env);
  await stack.up();
});

afterAll(async () => {
  await stack.down();
  slot.lock.release();
});

describe('a native stack', () => {
  test('has every part ready, each on the loopback address only', async () => {
    const statuses = await stack.status();
    expect(statuses.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'kafka ready',
      'registry ready',
      'clickhouse ready',
      'postgres ready',
      'redis ready',
    ]);
    for (const port of records().flatMap((record) => record.ports)) {
      const tables = ['tcp', 'tcp6'].map((name) => fs.readFileSync(`/proc/net/${name}`, 'utf8'));
      const addresses = tables.flatMap((table) => listeningAddresses(table, port));
      expect(addresses, `port ${port}`).toEqual(['127.0.0.1']);
    }
  });

  test('lets nobody in without a password', async () => {
    const refusals = await connectAnonymously(stack.endpoints);
    expect(refusals).toEqual({
      redis: expect.stringContaining('NOAUTH'),
      postgres: expect.stringMatching(/password/),
      clickhouse: 'HTTP 401',
    });
  });

  test('keeps what runs, also when two come at once', async () => {
    const before = records().map(({ pid }) => pid);
    const again = await openStack({ ...process.env, ...settingsEnv() });
    await Promise.all([stack.up(), again.up()]);
    expect(records().map(({ pid }) => pid)).toEqual(before);
  });

  test('has all that was acknowledged after kill -9 of everything', async () => {
    const marks = await writeMarks(stack.endpoints);
    expect(marks.schemaId).toBeLessThan(1000);
    killAll();
    await expect.poll(() => records().some(isAlive)).toBe(false);
    expect((await stack.status()).map(({ state }) => state)).toEqual(Array(5).fill('stopped'));
    await stack.up();
    expect(await readMarks(stack.endpoints)).toEqual(marks);
  });

  test('never gives a schema id twice, when the registry is killed right after a registration', async () => {
    const ids: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      ids.push(await registerSchema(stack.endpoints, `killed-${round}`));
      const registry = records().find(({ name }) => name === 'registry');
      if (registry !== undefined) process.kill(registry.pid, 'SIGKILL');
      await expect.poll(() => registry !== undefined && isAlive(registry)).toBe(false);
      await stack.up({ parts: ['registry'] });
    }
    expect(new Set(ids).size).toBe(3);
    const again = await Promise.all(
      [0, 1, 2].map((round) => registerSchema(stack.endpoints, `killed-${round}`)),
    );
    expect(again).toEqual(ids);
  });

  test('keeps its data over down and up, and down leaves nothing running', async () => {
    const marks = await readMarks(stack.endpoints);
    const started = records();
    await stack.down();
    expect(records()).toEqual([]);
    expect(started.filter(isAlive)).toEqual([]);
    for (const port of started.flatMap((record) => record.ports)) expect(await isPortTaken(port)).toBe(false);
    await stack.up();
    expect(await readMarks(stack.endpoints)).toEqual(marks);
  });

  test('is empty again after erase', async () => {
    await stack.erase();
    await stack.up({ parts: ['redis'] });
    expect(fs.readdirSync(slot.dataDir).sort()).toEqual(['logs', 'redis', 'run', 'secrets.json']);
  });

  test('says which part cannot have its port, and starts the others', async () => {
    await stack.down();
    const holder = net.createServer().listen(stack.settings.ports.redis, '127.0.0.1');
    await expect(stack.up({ parts: ['postgres', 'redis'] })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringMatching(new RegExp(`^redis .*${stack.settings.ports.redis}.*${process.pid}`)),
    });
    expect(records().map(({ name }) => name)).toEqual(['postgres']);
    await new Promise((resolve) => holder.close(resolve));
  });
});

function settingsEnv(): Record<string, string> {
  return { FINEPRINT_DATA_DIR: slot.dataDir, FINEPRINT_PORT_OFFSET: String(slot.portOffset) };
}
