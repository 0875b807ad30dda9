import { spawn } from 'node:child_process';
import path from 'node:path';
import { REPO_DIR } from '@fineprint/stack';
import type { BenchName, BenchSource } from './bench-names.ts';

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
  forwarder: { script: 'destinations.ts', args: [], takes: [] },
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
export function runBench(bench: Bench, options: BenchOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, benchArgs(bench, options), { cwd: REPO_DIR, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
