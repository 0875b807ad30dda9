/**
 * `npm test`: checks, unit and property tests, integration tests on the real parts, then those that bring a stack of their
 * own. Beside each other the two kinds take all of two cores, and what waits for a process to be there waits too long.
 * Arguments narrow the tests down: `npm test -- packages/pii`, `npm test -- --project unit`. The last line counts:
 * `N passed, N failed`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checks, runChecks, runStep } from './steps.ts';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly success: boolean;
}

const args = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), 'fineprint-test-'));

/** Counts of one run of the tests. */
async function runTests(name: string, chosen: readonly string[]) {
  console.log(`\n── ${name}`);
  const reportFile = path.join(folder, `${name}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const exitCode = await runStep('vitest', ['run', ...reporters, ...chosen]);
  const report = JSON.parse(readFileSync(reportFile, 'utf8')) as Report;
  // A file that does not even load has no failed test, and must not pass for that.
  const failed = Math.max(report.numFailedTests, exitCode === 0 && report.success ? 0 : 1);
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests };
}

try {
  const failedChecks = args.length === 0 ? await runChecks() : [];
  const checked = args.length === 0 ? checks.length : 0;
  const runs =
    args.length > 0
      ? [await runTests('tests', args)]
      : [
          await runTests('tests', ['--project', 'unit', '--project', 'integration']),
          await runTests('tests with stacks of their own', ['--project', 'stacks']),
        ];
  const sum = (of: 'passed' | 'failed' | 'skipped') => runs.reduce((total, run) => total + run[of], 0);
  if (failedChecks.length > 0) console.log(`Failed checks: ${failedChecks.join(', ')}`);
  const passed = sum('passed') + checked - failedChecks.length;
  const failed = sum('failed') + failedChecks.length;
  console.log(`${passed} passed, ${failed} failed${sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''}`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
