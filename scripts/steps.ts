import { spawn } from 'node:child_process';
import path from 'node:path';

export const ROOT = path.join(import.meta.dirname, '..');
const BIN = path.join(ROOT, 'node_modules', '.bin');

/** Runs a program of this repository with its output shown, or written to `logFile`; resolves with its exit code. */
export function runStep(program: string, args: readonly string[], logFile?: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(path.join(BIN, program), args, {
      cwd: ROOT,
      stdio: logFile === undefined ? 'inherit' : ['ignore', logFile, logFile],
      env: { ...process.env, PATH: `${BIN}${path.delimiter}${process.env['PATH'] ?? ''}` },
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** What every change must pass without running anything. */
export const checks = [
  { name: 'generated files', program: 'node', args: ['scripts/generate.ts', '--check'] },
  { name: 'format and lint', program: 'biome', args: ['ci', '--error-on-warnings', '.'] },
  { name: 'types', program: 'tsc', args: ['-p', 'tsconfig.json'] },
  // One knows no platform at all, the other one only a browser's.
  { name: 'types of the SDK core', program: 'tsc', args: ['-p', 'packages/sdk-core'] },
  { name: 'types of the browser SDK', program: 'tsc', args: ['-p', 'packages/sdk-browser'] },
  { name: 'types of the dashboard', program: 'tsc', args: ['-p', 'packages/dashboard'] },
] as const;

/** Runs the checks; answers the names of those that failed. */
export async function runChecks(): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, program, args } of checks) {
    console.log(`\n── ${name}`);
    if ((await runStep(program, args)) !== 0) failed.push(name);
  }
  return failed;
}
