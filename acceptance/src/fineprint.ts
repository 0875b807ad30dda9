import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import type { TestStack } from '@fineprint/stack/testing';

const MAIN = path.join(import.meta.dirname, '..', '..', 'packages', 'cli', 'src', 'main.ts');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command line as an operator runs it, against the stack of the test. */
export interface Fineprint {
  run(...args: string[]): Promise<Ended>;
  /** The answer of a command with --json; `codes` are the exit codes that are right. */
  json<T>(args: readonly string[], codes?: readonly number[]): Promise<T>;
  /** A running command, which the test may kill. */
  start(...args: string[]): { readonly child: ChildProcess; readonly ended: Promise<Ended> };
}

export function fineprintOn(
  { commandEnv }: Pick<TestStack, 'commandEnv'>,
  settings: Readonly<Record<string, string>> = {},
): Fineprint {
  const env = {
    ...process.env,
    ...settings,
    NO_COLOR: '1',
    ...commandEnv,
  };
  const start: Fineprint['start'] = (...args) => {
    const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, out, err })));
    return { child, ended };
  };
  const run = (...args: string[]) => start(...args).ended;
  return {
    start,
    run,
    async json<T>(args: readonly string[], codes = [0]) {
      const { code, out, err } = await run(...args, '--json');
      if (code === null || !codes.includes(code))
        throw new Error(`${args.join(' ')} ended with ${code}: ${err}`);
      return JSON.parse(out) as T;
    },
  };
}
