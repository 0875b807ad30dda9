import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { REPO_DIR } from '@fineprint/stack';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 64 << 20;

const linesOf = (file: string) => readFileSync(path.join(REPO_DIR, file), 'utf8').split('\n');

/** The files that a build of the image sees: those of the repository that .dockerignore leaves. */
export function imageFiles(): string[] {
  const rules = linesOf('.dockerignore')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ isBack: line.startsWith('!'), glob: line.replace(/^!/, '') }));
  const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: REPO_DIR,
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return tracked.split('\n').filter((file) => {
    const parts = file.split('/');
    const prefixes = parts.map((_, i) => parts.slice(0, i + 1).join('/'));
    let isOut = false;
    for (const { isBack, glob } of rules)
      if (prefixes.some((prefix) => path.matchesGlob(prefix, glob))) isOut = !isBack;
    return file !== '' && !isOut;
  });
}

/** The arguments of the Dockerfile's `pnpm install`, and the version of pnpm that it runs. */
export function dockerInstall(): { readonly args: readonly string[]; readonly version: string } {
  const text = linesOf('infra/image/Dockerfile').join('\n');
  const line = /^RUN pnpm (install .*)$/m.exec(text)?.[1] ?? '';
  return { args: line.replaceAll('"', '').split(' '), version: /pnpm@([\d.]+)/.exec(text)?.[1] ?? '' };
}

/** Makes in a folder what the image has under /app, by the same commands, from what this checkout has downloaded already. */
export async function makeImageTree(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const file of imageFiles()) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    cpSync(path.join(REPO_DIR, file), path.join(folder, file));
  }
  const { args, version } = dockerInstall();
  const pnpm = ['--yes', `pnpm@${version}`];
  const { stdout: store } = await run('npx', [...pnpm, 'store', 'path'], { cwd: REPO_DIR });
  const options = ['--ignore-scripts', '--store-dir', path.dirname(store.trim())];
  await run('npx', [...pnpm, ...args, ...options], { cwd: folder, maxBuffer: MAX_OUTPUT_BYTES });
}
