import { execFile } from 'node:child_process';
import path from 'node:path';

const MAIN = path.join(import.meta.dirname, '..', '..', '..', 'packages', 'cli', 'src', 'main.ts');
const SERVICES = path.join(import.meta.dirname, '..', '..', '..', 'services');
const DEFAULT_TIMEOUT_MS = 60_000;
/** `tail` tells a whole topic. */
const MAX_OUTPUT_BYTES = 256 << 20;

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `fineprint` as a person does. */
export const runCommand = (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
): Promise<Ended> => runProgram([MAIN, ...args], { ...process.env, NO_COLOR: '1', ...env }, timeoutMs);

/** A service's main with `--check-config`, and nothing in its environment but this. */
export const checkService = (program: string, env: Readonly<Record<string, string>>): Promise<Ended> =>
  runProgram([path.join(SERVICES, program, 'src', 'main.ts'), '--check-config'], env, DEFAULT_TIMEOUT_MS);

function runProgram(args: readonly string[], env: NodeJS.ProcessEnv, timeoutMs: number): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env, timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES };
    execFile(process.execPath, [...args], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err });
    });
  });
}
