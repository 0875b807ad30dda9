/**
 * `npm test`: checks, unit and property tests, integration tests on the real parts. Arguments narrow the tests down:
 * `npm test -- packages/pii`, `npm test -- --project unit`. The last line counts: `N passed, N failed`.
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
const reportFile = path.join(folder, 'report.json');

try {
  const failedChecks = args.length === 0 ? await runChecks() : [];
  const checked = args.length === 0 ? checks.length : 0;
  console.log('\n── tests');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const exitCode = await runStep('vitest', ['run', ...reporters, ...args]);
  const report = JSON.parse(readFileSync(reportFile, 'utf8')) as Report;
  // A file that does not even load has no failed test, and must not pass for that.
  const failedTests = Math.max(report.numFailedTests, exitCode === 0 && report.success ? 0 : 1);
  const passed = report.numPassedTests + checked - failedChecks.length;
  const failed = failedTests + failedChecks.length;
  if (failedChecks.length > 0) console.log(`Failed checks: ${failedChecks.join(', ')}`);
  const skipped = report.numPendingTests > 0 ? `, ${report.numPendingTests} skipped` : '';
  console.log(`${passed} passed, ${failed} failed${skipped}`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
