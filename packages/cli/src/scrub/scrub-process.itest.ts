import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const MAIN = path.join(import.meta.dirname, '..', 'main.ts');

/** The program as a shell starts it, with pipes on all three sides. */
function scrub(...args: string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [MAIN, 'scrub', ...args]);
}

async function run(
  input: string,
  ...args: string[]
): Promise<{ out: string; err: string; code: number | null }> {
  const child = scrub(...args);
  child.stdin.end(input);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null) await once(child, 'exit');
  return { out, err, code: child.exitCode };
}

test('any JSON values: same order, exactly one line each', async () => {
  const { out, err, code } = await run('{"b":2,"a":1}\n["x"]\n42\n"ada@example.com"\nnull\ntrue');
  const lines = out.split('\n');
  expect(lines.slice(0, 3)).toEqual(['{"b":2,"a":1}', '["x"]', '42']);
  expect(lines[3]).not.toContain('ada@example.com');
  expect(lines.slice(4)).toEqual(['null', 'true', '']);
  expect([err, code]).toEqual(['', 0]);
});

test('a line that is no JSON: an error in its place, nothing of it anywhere, exit code 1', async () => {
  const { out, err, code } = await run('{"n":1}\nada@example.com lives here\n\n{"n":2}\n');
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(lines).toMatchObject([
    { n: 1 },
    { error: { code: 'PII_LINE_NOT_JSON', line: 2 } },
    { error: { code: 'PII_LINE_NOT_JSON', line: 3 } },
    { n: 2 },
  ]);
  expect(out + err).not.toContain('ada@example.com');
  expect(err).toContain('LINES_NOT_JSON: 2 lines were not JSON.');
  expect(code).toBe(1);
});

test('no input, no output', async () => expect(await run('')).toEqual({ out: '', err: '', code: 0 }));

test('100,000 lines through a pipe come out, all of them, in order', async () => {
  const count = 100_000;
  const line = (i: number) => `{"i":${i},"note":"order shipped to the usual place"}\n`;
  const child = scrub();
  const received = text(child.stdout);
  for (let i = 0; i < count; i += 1) if (!child.stdin.write(line(i))) await once(child.stdin, 'drain');
  child.stdin.end();
  const out = await received;
  expect(out).toBe(Array.from({ length: count }, (_, i) => line(i)).join(''));
});

test('a reader that leaves early ends it, quietly and at once', async () => {
  const child = scrub();
  const errors = text(child.stderr);
  child.stdin.on('error', () => undefined); // it has left while we still write
  const feeding = setInterval(() => child.stdin.write('{"i":1}\n'.repeat(10_000)), 5);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [code] = (await once(child, 'exit')) as [number | null];
  clearInterval(feeding);
  expect(code).toBe(0);
  expect(await errors).toBe('');
});

test('a line typed by hand is answered before the next one', async () => {
  const child = scrub();
  for (const n of [1, 2]) {
    child.stdin.write(`{"n":${n}}\n`);
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    expect(chunk.toString()).toBe(`{"n":${n}}\n`);
  }
  child.stdin.end();
  await once(child, 'exit');
});

test('--report counts on standard error, by type only', async () => {
  const { err, code } = await run('{"a":"ada@example.com","b":"bob@example.com"}\n', '--report');
  expect(err).toMatch(/1 lines: 1 changed, 0 not JSON\. Found:\n +2 +EMAIL/);
  expect(code).toBe(0);
});

test('it loads no client of Kafka, ClickHouse or Postgres, and no stack', async () => {
  const script = `
    const { registerHooks } = await import('node:module');
    const seen = [];
    registerHooks({ load: (url, context, next) => (seen.push(url), next(url, context)) });
    process.argv = [process.argv[0], ${JSON.stringify(MAIN)}, 'scrub'];
    await import(${JSON.stringify(MAIN)});
    process.stderr.write(seen.filter((u) => /kafkajs|clickhouse|infra\\/stack|\\/pg@|\\/zod@|cli-table3|stream-runtime/.test(u)).join('\\n'));
  `;
  // What secrets there are is looked up where a variable names a file, of which this machine may have some for others.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.endsWith('_FILE')));
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env,
  });
  child.stdin.end('1\n');
  expect(await text(child.stderr)).toBe('');
});
