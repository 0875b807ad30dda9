import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { REPO_DIR } from '@fineprint/stack';
import { allBenches, type BenchName, type BenchSource } from './bench-names.ts';

export interface BenchOptions {
  readonly seconds?: number;
  readonly rounds?: number;
  readonly events?: number;
  readonly rate?: number;
  readonly stages?: readonly string[];
  readonly consumers?: readonly number[];
  readonly rates?: readonly number[];
  readonly source?: BenchSource;
  readonly json?: true;
  readonly profile?: true;
}

interface Bench {
  readonly script: string;
  readonly args: readonly string[];
  /** Of the options, those it knows. */
  readonly takes: readonly (keyof BenchOptions)[];
}

const stage = (name: string): Bench => ({
  script: 'stages.ts',
  args: ['--stages', name],
  takes: ['events', 'json', 'profile'],
});

export const benches: Readonly<Record<BenchName, Bench>> = {
  gateway: { script: 'gateway.ts', args: [], takes: ['seconds', 'rounds', 'json', 'profile'] },
  scrubber: stage('scrubber'),
  aggregator: stage('aggregator'),
  funnels: stage('funnels'),
  loader: stage('loader'),
  stages: stage('scrubber,aggregator,funnels,loader'),
  e2e: {
    script: 'e2e.ts',
    args: [],
    takes: ['source', 'events', 'rate', 'seconds', 'json', 'profile'],
  },
  latency: { script: 'latency.ts', args: [], takes: ['rates', 'seconds', 'json'] },
  scale: { script: 'scale.ts', args: [], takes: ['consumers', 'stages', 'rounds', 'events', 'json'] },
  forwarder: { script: 'destinations.ts', args: [], takes: ['json'] },
  soak: { script: 'soak.ts', args: [], takes: ['seconds', 'rate', 'json'] },
};

const SCRIPTS = path.join(REPO_DIR, 'scripts', 'bench', 'src');

/** The arguments of a bench's own program. */
export function benchArgs({ script, args, takes }: Bench, options: BenchOptions): string[] {
  const own = takes.flatMap((name) => {
    const value = options[name];
    if (value === undefined) return [];
    return value === true ? [`--${name}`] : [`--${name}`, String(value)];
  });
  return [path.join(SCRIPTS, script), ...args, ...own];
}

/** Runs one bench in a process of its own; resolves with its exit code. */
export async function runBench(bench: Bench, options: BenchOptions): Promise<number> {
  const child = spawn(process.execPath, benchArgs(bench, options), { cwd: REPO_DIR, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** What `bench all --json` tells of one bench. */
export interface BenchOutcome {
  readonly exit_code: number;
  /** Its own result; null where it ended without one. */
  readonly result: unknown;
}

/** As `runBench`, with what it printed for machines. */
export async function askBench(bench: Bench, options: BenchOptions): Promise<BenchOutcome> {
  const child = spawn(process.execPath, benchArgs(bench, { ...options, json: true }), {
    cwd: REPO_DIR,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed, [code]] = await Promise.all([
    text(child.stdout),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { exit_code: code ?? 1, result: printed.trim() === '' ? null : JSON.parse(printed) };
}

/** One bench after another, each on a stack of its own; one that fails stops none. Resolves with the highest exit code. */
export async function runAllBenches(
  options: BenchOptions,
  { run = runBench, ask = askBench, say = (line: string) => void process.stderr.write(`${line}\n`) } = {},
): Promise<number> {
  const outcomes: Record<string, BenchOutcome> = {};
  for (const [i, name] of allBenches.entries()) {
    say(`── ${name}, ${i + 1} of ${allBenches.length}`);
    outcomes[name] =
      options.json === true
        ? await ask(benches[name], options)
        : { exit_code: await run(benches[name], options), result: null };
  }
  if (options.json === true) console.log(JSON.stringify(outcomes, null, 2));
  const failed = Object.entries(outcomes).filter(([, { exit_code }]) => exit_code !== 0);
  if (failed.length > 0) say(`Failed: ${failed.map(([name]) => name).join(', ')}`);
  return Math.max(...Object.values(outcomes).map(({ exit_code }) => exit_code));
}
