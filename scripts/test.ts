/**
 * `npm test`: checks, then integration tests on the real parts. Tests that bring a stack of their own, the product document's
 * rows, and unit and property tests run beside them, since most of the time is waiting; their output follows at the end.
 * Arguments narrow the tests down: `npm test -- packages/pii`, `npm test -- --project unit`. The last line counts:
 * `N passed, N failed`.
 */
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checks, runChecks, runStep } from './steps.ts';

interface FileResult {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages: readonly string[];
  }[];
}

interface Report {
  readonly testResults?: readonly FileResult[];
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly success: boolean;
}

interface Run {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Each with its file and the first line of its message. */
  readonly failures: readonly string[];
  /** Prints what was not shown as it went. */
  readonly show: () => void;
}

const args = process.argv.slice(2);
const folder = mkdtempSync(path.join(tmpdir(), 'fineprint-test-'));

/** One run of the tests; shown as it goes, or afterwards as a whole. */
async function runTests(name: string, chosen: readonly string[], shown: 'now' | 'later'): Promise<Run> {
  const reportFile = path.join(folder, `${name}.json`);
  const logFile = path.join(folder, `${name}.log`);
  const log = shown === 'now' ? undefined : openSync(logFile, 'w');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const exitCode = await runStep('vitest', ['run', ...reporters, ...chosen], log);
  if (log !== undefined) closeSync(log);
  // Killed, or out of memory: what it printed until then says more than a missing file.
  const report: Report = existsSync(reportFile)
    ? (JSON.parse(readFileSync(reportFile, 'utf8')) as Report)
    : { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, success: false };
  // A file that does not even load has no failed test, and must not pass for that.
  const failed = Math.max(report.numFailedTests, exitCode === 0 && report.success ? 0 : 1);
  const show = () => {
    if (!existsSync(reportFile)) console.log(`\n${name}: ended with ${exitCode} before its report`);
    if (shown === 'later') console.log(`\n── ${name}\n${readFileSync(logFile, 'utf8')}`);
  };
  const failures = (report.testResults ?? []).flatMap(failuresOf);
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests, failures, show };
}

function failuresOf({ name, status, message, assertionResults }: FileResult): string[] {
  const file = path.relative(process.cwd(), name);
  const failed = assertionResults.filter((result) => result.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstLine(message)}`] : [];
  return failed.map((test) => `${file} > ${test.fullName}: ${firstLine(test.failureMessages[0] ?? '')}`);
}

const firstLine = (text: string) => (text.split('\n')[0] ?? '').slice(0, 300);

/** Two at a time, on two stacks: each waits for a good part of its time, and three would keep a small machine from all of them. */
async function runAll(): Promise<Run[]> {
  const inTurn = async (first: Promise<Run>, then: () => Promise<Run>) => [await first, await then()];
  const lanes = await Promise.all([
    inTurn(runTests('integration tests', ['--project', 'integration'], 'now'), () =>
      runTests('unit and property tests', ['--project', 'unit'], 'later'),
    ),
    inTurn(runTests('tests with stacks of their own', ['--project', 'stacks'], 'later'), () =>
      runTests('rows of the product document', ['--project', 'mission'], 'later'),
    ),
  ]);
  return lanes.flat();
}

try {
  const failedChecks = args.length === 0 ? await runChecks() : [];
  const checked = args.length === 0 ? checks.length : 0;
  console.log('\n── tests');
  const runs = args.length > 0 ? [await runTests('tests', args, 'now')] : await runAll();
  for (const run of runs) run.show();
  const sum = (of: 'passed' | 'failed' | 'skipped') => runs.reduce((total, run) => total + run[of], 0);
  for (const failure of runs.flatMap((run) => run.failures)) console.log(`Failed: ${failure}`);
  if (failedChecks.length > 0) console.log(`Failed checks: ${failedChecks.join(', ')}`);
  const passed = sum('passed') + checked - failedChecks.length;
  const failed = sum('failed') + failedChecks.length;
  console.log(`${passed} passed, ${failed} failed${sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''}`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
