import { execFile } from 'node:child_process';

const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const NOT_RUN = 127;

export interface CommandResult {
  /** 127 when the command is missing or did not end in time. */
  readonly code: number;
  readonly stdout: string;
  /** Both streams, for people. */
  readonly output: string;
}

interface CommandOptions {
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs a short command to its end; a missing or hanging one is a result, not an exception. */
export function runCommand(
  command: string,
  args: readonly string[],
  timeoutMs: number,
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const limits = { timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES };
    execFile(command, args, { ...options, ...limits }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : NOT_RUN;
      resolve({ code, stdout, output: `${stdout}${stderr}`.trim() || (error?.message ?? '') });
    });
  });
}
