import { spawn } from 'node:child_process';
import path from 'node:path';

const SCRIPT = path.join(import.meta.dirname, 'post.lua');
const SPARE_S = 60;

export interface Load {
  readonly url: string;
  readonly key: string;
  readonly connections: number;
  readonly seconds: number;
  /** Events in one body; 1 is a body that is one event. */
  readonly eventsPerPost: number;
}

/** What wrk saw; latencies in milliseconds. */
export interface Served {
  readonly requests_per_second: number;
  readonly events_per_second: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly p999_ms: number;
  /** Answers other than 2xx, and connections that failed: a run with any measures nothing. */
  readonly failed: number;
}

/** Posts events to one address, closed loop, from a process that takes little of the machine itself. */
export async function post({ url, key, connections, seconds, eventsPerPost }: Load): Promise<Served> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', SCRIPT, url];
  const out = await outputOf('wrk', [...args, '--', key, String(eventsPerPost)], (seconds + SPARE_S) * 1_000);
  const line = out.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`wrk said nothing that can be read:\n${out}`);
  const said = JSON.parse(line) as {
    requests: number;
    microseconds: number;
    failed: number;
    p50: number;
    p99: number;
    p999: number;
  };
  const perSecond = said.requests / (said.microseconds / 1e6);
  return {
    requests_per_second: Math.round(perSecond),
    events_per_second: Math.round(perSecond * eventsPerPost),
    p50_ms: said.p50 / 1_000,
    p99_ms: said.p99 / 1_000,
    p999_ms: said.p999 / 1_000,
    failed: said.failed,
  };
}

export function outputOf(command: string, args: readonly string[], timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('error', (error) =>
      reject(
        new Error(`${command} cannot be run (${error.message}). Debian/Ubuntu: apt-get install ${command}`),
      ),
    );
    child.once('close', (code) =>
      code === 0 ? resolve(out) : reject(new Error(`${command} ended with ${code}: ${err.slice(-2_000)}`)),
    );
  });
}
