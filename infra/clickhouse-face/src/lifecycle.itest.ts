import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaceProcess, PASSWORD } from './testing/face-process.ts';

const face = new FaceProcess();
const insert = (table: string, body: string, token: string) =>
  face.text(`INSERT INTO fineprint.${table} FORMAT CSV`, {
    body,
    parameters: { insert_deduplication_token: token },
  });

beforeAll(() => face.start());
afterAll(() => face.dispose());

describe('durability', () => {
  it('kill -9 in mid-insert loses no acknowledged row and, with tokens and reading back, neither loses nor doubles any', async () => {
    await face.text(`CREATE TABLE fineprint.log (batch UInt32, row UInt32) ENGINE = MergeTree ORDER BY (batch, row)
      SETTINGS non_replicated_deduplication_window = 10000`);
    const acknowledged = new Set<number>();
    const send = async (batch: number, token = `batch-${batch}`): Promise<void> => {
      const rows = Array.from({ length: 200 }, (_, row) => `${batch},${row}\n`).join('');
      await insert('log', rows, token);
      acknowledged.add(batch);
    };
    const storedBatches = async (): Promise<Set<number>> => {
      const found = await face.text('SELECT DISTINCT batch FROM fineprint.log');
      return new Set(found.trim().split('\n').map(Number));
    };
    let next = 0;
    for (let round = 0; round < 3; round++) {
      const upTo = next + 400;
      const writers = Array.from({ length: 4 }, async () => {
        while (next < upTo) await send(next++);
      });
      const outcome = Promise.allSettled(writers);
      await sleep(300 + 100 * round);
      await face.end('SIGKILL');
      await outcome;
      await face.start();
      const stored = await storedBatches();
      expect([...acknowledged].filter((batch) => !stored.has(batch))).toEqual([]);
      // A client that got no answer sends again.
      const unanswered = Array.from({ length: next }, (_, batch) => batch).filter(
        (b) => !acknowledged.has(b),
      );
      for (const batch of unanswered) await send(batch);
      // ClickHouse notes a token before it stores the rows. Killed in between, it takes the repeat for done, so who relies
      // on tokens reads back, and sends what is missing under another name.
      const after = await storedBatches();
      for (const batch of unanswered.filter((b) => !after.has(b))) await send(batch, `batch-${batch}#1`);
    }
    const totals = 'SELECT count(), uniqExact(batch, row), uniqExact(batch) FROM fineprint.log';
    expect(await face.text(totals)).toBe(`${next * 200}\t${next * 200}\t${next}\n`);
  });

  it('a client that dies in mid-upload stores nothing, and the engine lives', async () => {
    await face.text('CREATE TABLE fineprint.cut (id UInt32) ENGINE = MergeTree ORDER BY id');
    const head = [
      'POST /?query=INSERT+INTO+fineprint.cut+FORMAT+CSV HTTP/1.1',
      'Host: x',
      `Authorization: Basic ${btoa(`admin:${PASSWORD}`)}`,
    ].join('\r\n');
    for (const body of [
      'Content-Length: 100000\r\n\r\n1\n2\n',
      'Transfer-Encoding: chunked\r\n\r\n4\r\n1\n2\n\r\n',
    ]) {
      for (let time = 0; time < 10; time++) {
        const socket = connect(face.port, '127.0.0.1');
        await once(socket, 'connect');
        socket.write(`${head}\r\n${body}`);
        await sleep(20);
        socket.resetAndDestroy();
      }
    }
    await sleep(200);
    expect(await face.text('SELECT count() FROM fineprint.cut')).toBe('0\n');
  });
});

describe('hostile connections', () => {
  it('resets, garbage and giant headers leave the engine alive', async () => {
    const openings = [
      '',
      '\0\xff garbage\r\n\r\n',
      `GET / HTTP/1.1\r\nX: ${'a'.repeat(2_000_000)}\r\n\r\n`,
      'GET /ping HTTP/1.1\r\n\r\n',
    ];
    for (let time = 0; time < 40; time++) {
      for (const opening of openings) {
        const socket = connect(face.port, '127.0.0.1').on('error', () => {});
        await once(socket, 'connect');
        socket.write(opening);
        if (time % 2 === 0) await sleep(1);
        socket.resetAndDestroy();
      }
    }
    expect((await fetch(`${face.url}/ping`)).ok).toBe(true);
  });

  it('clients that leave in mid-answer leave the engine alive', async () => {
    for (let time = 0; time < 20; time++) {
      const abort = new AbortController();
      const url = `${face.url}/?${new URLSearchParams({ query: 'SELECT * FROM numbers(50000000)', user: 'analyst', password: PASSWORD })}`;
      const response = await fetch(url, { signal: abort.signal });
      await response.body?.getReader().read();
      abort.abort();
    }
    expect((await fetch(`${face.url}/ping`)).ok).toBe(true);
  });

  it('one huge value is refused by the memory limit', async () => {
    const parameters = { max_memory_usage: '50000000' };
    await face.text('CREATE TABLE fineprint.huge (text String) ENGINE = Memory');
    const body = `{"text":"${'x'.repeat(100_000_000)}"}`;
    const response = await face.query('INSERT INTO fineprint.huge FORMAT JSONEachRow', { body, parameters });
    expect(response.headers.get('x-clickhouse-exception-code')).toBe('241');
    expect(await face.text('SELECT count() FROM fineprint.huge')).toBe('0\n');
  });

  it('a query text over the limit is refused', async () => {
    const response = await face.query('', { body: `SELECT '${'x'.repeat(300_000)}'` });
    expect(await response.text()).toContain('Max query size exceeded');
  });
});

describe('stopping and starting', () => {
  it('SIGTERM lets running queries end, then exits with 0', async () => {
    await face.text('CREATE TABLE fineprint.drained (n UInt64) ENGINE = MergeTree ORDER BY n');
    const query =
      'INSERT INTO fineprint.drained SELECT number + sleepEachRow(0.1) FROM numbers(15) SETTINGS max_block_size = 1';
    const running = face.text(query);
    await sleep(300);
    const ended = face.end('SIGTERM');
    await sleep(200);
    await expect(fetch(`${face.url}/ping`)).rejects.toThrow();
    expect(await running).toBe('');
    expect(await ended).toBe(0);
    expect(face.output).toContain('"event":"stopped"');
    await face.start();
    expect(await face.text('SELECT count() FROM fineprint.drained')).toBe('15\n');
  });

  it('SIGTERM ends a query that runs longer than the drain', async () => {
    await face.end();
    await face.start({ CLICKHOUSE_FACE_DRAIN_TIMEOUT_MS: '500' });
    const running = face
      .query('SELECT sum(sipHash64(number)) FROM numbers(100000000000)')
      .then((r) => r.text());
    await sleep(300);
    expect(await face.end()).toBe(0);
    expect(await running.catch(() => 'closed')).toMatch(/QUERY_WAS_CANCELLED|closed/);
    await face.start();
  });

  it('leaves no password hashes behind and logs no query', async () => {
    expect(readdirSync(face.dataDir).sort()).toEqual(['data', 'users.json']);
    await face.text("SELECT 'secret-literal'");
    await face.query("SELECT 'secret-literal' FROM nowhere");
    expect(face.output).not.toContain('secret-literal');
    for (const line of face.output.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('event');
  });

  it('says what is wrong with its configuration', () => {
    const main = fileURLToPath(new URL('main.ts', import.meta.url));
    const run = (env: Record<string, string>) =>
      spawnSync(process.execPath, [main], { env: { ...env }, encoding: 'utf8' });
    const nothing = run({});
    expect(nothing.status).toBe(1);
    expect(nothing.stdout).toContain('CLICKHOUSE_FACE_DATA_DIR');
    expect(nothing.stdout).toContain('CLICKHOUSE_FACE_USERS_FILE');
    const noFile = run({
      CLICKHOUSE_FACE_DATA_DIR: face.dataDir,
      CLICKHOUSE_FACE_USERS_FILE: '/nowhere.json',
    });
    expect(noFile.stdout).toContain('USERS_FILE_UNREADABLE');
  });

  it('refuses a data folder or a port in use', async () => {
    const main = fileURLToPath(new URL('main.ts', import.meta.url));
    const usersFile = join(face.dataDir, 'users.json');
    expect(readFileSync(usersFile, 'utf8')).toContain('analyst');
    const run = (dataDir: string) =>
      spawnSync(process.execPath, [main], {
        encoding: 'utf8',
        env: {
          CLICKHOUSE_FACE_DATA_DIR: dataDir,
          CLICKHOUSE_FACE_USERS_FILE: usersFile,
          CLICKHOUSE_FACE_PORT: String(face.port),
        },
      });
    expect(run(join(face.dataDir, 'data')).status).toBe(1);
    const samePort = run(join(face.dataDir, 'other'));
    expect([samePort.status, samePort.stdout.includes('EADDRINUSE')]).toEqual([1, true]);
    expect((await fetch(`${face.url}/ping`)).ok).toBe(true);
  });
});
