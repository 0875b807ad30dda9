import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** The bootstraps in a folder of their own, where `npx` only notes that it was called and puts a node in its place. */
let repoDir: string;
let toolsDir: string;

beforeEach(() => {
  repoDir = fs.mkdtempSync(path.join(os.tmpdir(), 'bootstrap-'));
  toolsDir = path.join(repoDir, 'tools');
  for (const dir of ['scripts', 'tools']) fs.mkdirSync(path.join(repoDir, dir));
  for (const file of ['bootstrap.mjs', 'run.mjs']) {
    fs.copyFileSync(path.join(import.meta.dirname, file), path.join(repoDir, 'scripts', file));
  }
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml'])
    fs.writeFileSync(path.join(repoDir, file), 'one');
  npx(`mkdir -p node_modules/.bin && ln -sf ${process.execPath} node_modules/.bin/node`);
});
afterEach(() => fs.rmSync(repoDir, { recursive: true }));

function npx(work: string): void {
  const script = `#!/bin/sh\necho "$@" >> calls\necho "noise of an installation"\n${work}\n`;
  fs.writeFileSync(path.join(toolsDir, 'npx'), script, { mode: 0o755 });
}

function start(program: string, PATH = `${toolsDir}:/usr/bin:/bin`): ChildProcess {
  fs.writeFileSync(path.join(repoDir, 'program.ts'), program);
  const args = [path.join(repoDir, 'scripts', 'run.mjs'), 'program.ts', 'a', '--b'];
  return spawn(process.execPath, args, { env: { PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess) {
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const [code, signal]: (number | string | null)[] = await once(child, 'close');
  return { ...output, code, signal };
}

const calls = () => fs.readFileSync(path.join(repoDir, 'calls'), 'utf8').trim().split('\n');

test('installs by the lockfile, once, and again when it changes; the output is the program’s alone', async () => {
  const program = 'console.log(process.argv.slice(2).join()); process.exitCode = 7;';
  const first = await ended(start(program));
  expect(first).toMatchObject({ code: 7, stdout: 'a,--b\n', stderr: expect.stringContaining('noise') });
  expect(calls()).toEqual([expect.stringMatching(/^--yes pnpm@[\d.]+ install --frozen-lockfile$/)]);
  expect(await ended(start(program))).toMatchObject({ code: 7, stdout: 'a,--b\n', stderr: '' });
  expect(calls()).toHaveLength(1);
  fs.writeFileSync(path.join(repoDir, 'pnpm-lock.yaml'), 'two');
  await ended(start(program));
  expect(calls()).toHaveLength(2);
});

test('of two first commands one installs and the other waits for it', async () => {
  npx(`sleep 1; mkdir -p node_modules/.bin && ln -sf ${process.execPath} node_modules/.bin/node`);
  const both = await Promise.all([ended(start('process.exit(3)')), ended(start('process.exit(3)'))]);
  expect(both.map(({ code }) => code)).toEqual([3, 3]);
  expect(calls()).toHaveLength(1);
});

test('takes over from an installation that was killed', async () => {
  fs.mkdirSync(path.join(repoDir, '.fineprint', 'install.lock'), { recursive: true });
  fs.writeFileSync(path.join(repoDir, '.fineprint', 'install.lock', 'pid'), String(2 ** 30));
  expect(await ended(start('process.exit(3)'))).toMatchObject({ code: 3 });
});

test('a signal reaches the program, and its way of ending comes back', async () => {
  const child = start(
    'process.on("SIGTERM", () => process.exit(9)); console.log("up"); setInterval(() => {}, 1000);',
  );
  const result = ended(child);
  await once(child.stdout ?? child, 'data');
  child.kill('SIGTERM');
  expect(await result).toMatchObject({ code: 9 });
  expect(await ended(start('process.kill(process.pid, "SIGKILL")'))).toMatchObject({ signal: 'SIGKILL' });
});

test('says what is missing, and that an installation failed', async () => {
  npx('exit 5');
  expect(await ended(start(''))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('failed (exit 5)'),
  });
  expect(await ended(start('', '/nowhere'))).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/npx.*\n.*apt-get/),
  });
  npx('exit 0');
  expect(await ended(start(''))).toMatchObject({ code: 1, stderr: expect.stringContaining('no binary') });
});
