import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The gateway as its own process, as `up` starts it. */
export interface GatewayProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Its log so far. */
  readonly log: readonly string[];
  ready(): Promise<{ status: number; reasons: readonly { code: string }[] }>;
  /** Sends SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
}

const INHERITED = { PATH: process.env['PATH'], NODE_OPTIONS: process.env['NODE_OPTIONS'] };
const MAIN = join(import.meta.dirname, '..', 'main.ts');

export async function startGatewayProcess(env: Readonly<Record<string, string>>): Promise<GatewayProcess> {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...INHERITED, PORT: '0', LOG_LEVEL: 'debug', LISTEN_WITHIN_MS: '1000', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  const url = new Promise<string>((resolve, reject) => {
    child.on('exit', () => reject(new Error(`the gateway ended:\n${log.join('\n')}`)));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        log.push(line);
        const found = /"url":"([^"]+)"/.exec(line)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
  });
  const at = await url;
  const ended = once(child, 'exit');
  return {
    url: at,
    child,
    log,
    async ready() {
      const response = await fetch(`${at}/ready`);
      const { reasons } = (await response.json()) as { reasons: { code: string }[] };
      return { status: response.status, reasons };
    },
    async stop() {
      if (child.exitCode === null) child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
  };
}

/** Runs main.ts to its end. */
export async function runMain(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...INHERITED, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  await once(child, 'close');
  return { code: child.exitCode, output };
}
