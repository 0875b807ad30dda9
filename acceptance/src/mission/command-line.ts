import { execFile } from 'node:child_process';
import path from 'node:path';

const MAIN = path.join(import.meta.dirname, '..', '..', '..', 'packages', 'cli', 'src', 'main.ts');
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
export function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = {
      env: { ...process.env, NO_COLOR: '1', ...env },
      timeout: timeoutMs,
      maxBuffer: MAX_OUTPUT_BYTES,
    };
    execFile(process.execPath, [MAIN, ...args], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err });
    });
  });
}
