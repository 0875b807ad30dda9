import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Progress } from '../progress.ts';
import { killMarked } from './orphans.ts';
import { isPortTaken } from './port-owner.ts';
import { processIdentity } from './process-identity.ts';
import { isAlive, type ProcessRecord, readRecord, removeRecord, writeRecord } from './process-record.ts';
import type { ProcessSpec } from './process-spec.ts';
import { processStatuses, startAll, stopAll } from './supervisor.ts';

const PORT = 20_991;
const SERVER = `
  const server = require('node:http').createServer((_, response) => response.end('ok'));
  setTimeout(() => server.listen(${PORT}, '127.0.0.1'), Number(process.env.DELAY_MS ?? 0));
  process.on('SIGTERM', () => process.env.STUBBORN || process.exit(0));`;

let dataDir: string;
let runDir: string;
let seen: string[];
const onProgress = ({ state }: Progress) => {
  seen.push(state);
};

beforeEach(() => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'supervisor-'));
  runDir = path.join(dataDir, 'run');
  seen = [];
});
afterEach(async () => {
  await stopAll(dataDir, onProgress, () => true);
  fs.rmSync(dataDir, { recursive: true });
});

function server(overrides: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    name: 'server',
    tier: 'service',
    command: process.execPath,
    args: ['-e', SERVER],
    env: {},
    cwd: dataDir,
    ports: [PORT],
    url: `http://127.0.0.1:${PORT}`,
    ready: { kind: 'http', url: `http://127.0.0.1:${PORT}/` },
    readyTimeoutMs: 10_000,
    stopTimeoutMs: 500,
    ...overrides,
  };
}

const start = (spec: ProcessSpec) => startAll(dataDir, [spec], onProgress);
function recorded(): ProcessRecord {
  const record = readRecord(runDir, 'server');
  if (record === undefined) throw new Error('nothing is recorded');
  return record;
}

describe('start', () => {
  test('waits until it is ready, keeps what runs, and starts anew what is wanted otherwise', async () => {
    await start(server({ env: { DELAY_MS: '300' } }));
    const { pid } = recorded();
    await start(server({ env: { DELAY_MS: '300' } }));
    expect(recorded().pid).toBe(pid);
    await start(server({ env: { DELAY_MS: '1' } }));
    expect(recorded().pid).not.toBe(pid);
    expect(seen).toEqual(['starting', 'ready', 'kept', 'restarting', 'starting', 'ready']);
  });

  test('replaces a process that was killed', async () => {
    await start(server());
    process.kill(recorded().pid, 'SIGKILL');
    await expect.poll(() => isAlive(recorded())).toBe(false);
    expect(await processStatuses(dataDir, {})).toMatchObject([{ name: 'server', state: 'stopped' }]);
    await start(server());
    expect(await processStatuses(dataDir, {})).toMatchObject([{ state: 'ready', pid: recorded().pid }]);
  });

  test('replaces a process whose record was never written', async () => {
    await start(server());
    const orphan = recorded();
    removeRecord(runDir, 'server');
    await start(server());
    expect(isAlive(orphan)).toBe(false);
    expect(seen).toEqual(['starting', 'ready', 'starting', 'ready']);
    removeRecord(runDir, 'server');
    await killMarked(`${dataDir}-other`);
    expect(await isPortTaken(PORT)).toBe(true);
    await killMarked(dataDir);
    expect(await isPortTaken(PORT)).toBe(false);
  });

  test('fails at once, with its last words, when the process ends', async () => {
    const words = server({ args: ['-e', 'console.error("no such table"); process.exit(3)'] });
    await expect(start(words)).rejects.toMatchObject({
      code: 'PROCESS_EXITED',
      message: expect.stringMatching(/exit code 3[\s\S]*no such table/),
      fix: expect.stringContaining('server.log'),
    });
    expect(readRecord(runDir, 'server')).toBeUndefined();
  });

  test('tries again when it is told to', async () => {
    const once = `const fs = require('node:fs');
      if (!fs.existsSync('tried')) { fs.writeFileSync('tried', ''); process.exit(1); } ${SERVER}`;
    await start(server({ args: ['-e', once], startAttempts: 2 }));
    expect(seen).toEqual(['starting', 'ready']);
  });

  test('gives up on one that never answers, and leaves nothing of it', async () => {
    await expect(start(server({ env: { DELAY_MS: '60000' }, readyTimeoutMs: 500 }))).rejects.toMatchObject({
      code: 'READY_TIMEOUT',
    });
    expect(readRecord(runDir, 'server')).toBeUndefined();
    expect(await isPortTaken(PORT)).toBe(false);
  });

  test('a missing program is an error like any other', async () => {
    await expect(start(server({ command: '/no/such/program' }))).rejects.toMatchObject({
      code: 'PROCESS_EXITED',
    });
  });

  test('names the port, the part and the holder of a port that is taken', async () => {
    const holder = net.createServer().listen(PORT, '127.0.0.1');
    await expect(start(server())).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringMatching(new RegExp(`server.*${PORT}.*${process.pid}`)),
      fix: expect.stringContaining('FINEPRINT_PORT_OFFSET'),
    });
    await new Promise((resolve) => holder.close(resolve));
  });
});

describe('stop', () => {
  test('kills what does not end by itself, and forgets it', async () => {
    await start(server({ env: { STUBBORN: '1' } }));
    const record = recorded();
    await stopAll(dataDir, onProgress, () => true);
    expect(isAlive(record)).toBe(false);
    expect(readRecord(runDir, 'server')).toBeUndefined();
    expect(await isPortTaken(PORT)).toBe(false);
  });

  test('never touches a process that only has the same pid', async () => {
    await start(server());
    const record = recorded();
    writeRecord(runDir, { ...record, name: 'stranger', identity: 'an earlier boot/1' });
    await stopAll(dataDir, onProgress, ({ name }) => name === 'stranger');
    expect(processIdentity(record.pid)).toBe(record.identity);
  });
});
