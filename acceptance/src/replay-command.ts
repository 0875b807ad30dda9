import { spawn } from 'node:child_process';
import path from 'node:path';
import type { ServiceProcess } from './service-process.ts';

const MAIN = path.join(import.meta.dirname, '..', '..', 'packages', 'cli', 'src', 'main.ts');

export interface ReplayRun {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * `fineprint replay …` as a process. It is the person that the command asks to stop and start the loader; a run that is told
 * to die is killed when it says something that `killAt` matches.
 */
export function runReplayCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  options: { readonly loader?: ServiceProcess; readonly killAt?: RegExp } = {},
): Promise<ReplayRun> {
  const child = spawn(process.execPath, [MAIN, 'replay', ...args, '--json'], {
    env: { ...process.env, ...env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  let asked = Promise.resolve();
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    const text = chunk.toString();
    err += text;
    if (options.killAt?.test(text)) child.kill('SIGKILL');
    const { loader } = options;
    if (loader === undefined) return;
    if (text.includes('Stop every instance')) asked = asked.then(() => loader.stop());
    if (text.includes('may run again')) asked = asked.then(() => loader.killAndRestart());
  });
  return new Promise((resolve) => {
    child.once('close', (code) => void asked.then(() => resolve({ code, out, err })));
  });
}
