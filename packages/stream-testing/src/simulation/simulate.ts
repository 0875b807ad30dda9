import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { SingleBar } from 'cli-progress';
import { runSeed, type SeedResult } from './run-seed.ts';

const USAGE = `usage: npm run simulate -- [--seeds 2000] [--from 1] [--workers N] [--json]
       npm run simulate -- --seed N [--trace] [--json]
`;
const MS_PER_HOUR = 3_600_000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(availableParallelism()) },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** A whole number from 0 to 2^32 - 1; anything else ends the program with the usage. */
function whole(text: string, name: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value;
  process.stderr.write(`--${name} takes a whole number, not ${text}\n${USAGE}`);
  process.exit(2);
}

async function replay(seed: number): Promise<void> {
  const result = await runSeed(
    seed,
    values.trace ? { onTrace: (line) => process.stdout.write(`${line}\n`) } : {},
  );
  process.stdout.write(`${values.json ? JSON.stringify(result) : describe(result)}\n`);
  process.exitCode = result.ok ? 0 : 1;
}

const describe = (result: SeedResult): string =>
  [
    `seed ${result.seed}: ${result.ok ? 'ok' : 'failed'}, ${result.steps} steps in ${(result.simulatedMs / 1_000).toFixed(1)} simulated seconds, trace ${result.traceHash.toString(16).padStart(8, '0')}`,
    ...result.problems.map((problem) => `  ${problem}`),
    ...(result.ok || values.trace ? [] : [`  replay: npm run simulate -- --seed ${result.seed} --trace`]),
  ].join('\n');

async function runAll(from: number, count: number, workers: number): Promise<void> {
  const bar = new SingleBar({
    format: '{bar} {percentage}% | {value} of {total} seeds | {failed} failed | {eta_formatted} left',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
  });
  if (process.stderr.isTTY) bar.start(count, 0, { failed: 0 });
  const startedMs = performance.now();
  const totals = { events: 0, steps: 0, simulatedMs: 0, faults: {} as Record<string, number> };
  const failed: SeedResult[] = [];
  let next = from;
  let done = 0;
  const take = (result: SeedResult) => {
    done++;
    totals.events += result.events;
    totals.steps += result.steps;
    totals.simulatedMs += result.simulatedMs;
    for (const [kind, n] of Object.entries(result.faults))
      totals.faults[kind] = (totals.faults[kind] ?? 0) + n;
    if (!result.ok) {
      failed.push(result);
      process.stderr.write(`${describe(result)}\n`);
    }
    if (process.stderr.isTTY) bar.update(done, { failed: failed.length });
    else if (done % 100 === 0) process.stderr.write(`${done} of ${count} seeds, ${failed.length} failed\n`);
  };
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('./simulate-worker.ts', import.meta.url));
      const give = () => {
        if (next < from + count) worker.postMessage(next++);
        else void worker.terminate().then(() => resolve());
      };
      worker.on('message', (result: SeedResult) => {
        take(result);
        give();
      });
      worker.on('error', reject);
      give();
    });
  await Promise.all(Array.from({ length: Math.min(workers, count) }, work));
  bar.stop();
  const seconds = (performance.now() - startedMs) / 1_000;
  const faults = Object.values(totals.faults).reduce((sum, n) => sum + n, 0);
  const report = {
    seeds: count,
    from,
    failed: failed.map((result) => result.seed),
    seconds: Number(seconds.toFixed(1)),
    seedsPerSecond: Number((count / seconds).toFixed(1)),
    events: totals.events,
    steps: totals.steps,
    simulatedHours: Number((totals.simulatedMs / MS_PER_HOUR).toFixed(1)),
    faultsPerSeed: Number((faults / count).toFixed(1)),
    faults: totals.faults,
  };
  process.stdout.write(
    values.json
      ? `${JSON.stringify(report)}\n`
      : `${count} seeds from ${from}: ${failed.length} failed. ${report.events} events, ${report.faultsPerSeed} faults a seed, ${report.simulatedHours} simulated hours in ${report.seconds} s (${report.seedsPerSecond} seeds/s)\n`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
}

if (values.help) process.stdout.write(USAGE);
else if (values.seed !== undefined) await replay(whole(values.seed, 'seed'));
else
  await runAll(
    whole(values.from, 'from'),
    whole(values.seeds, 'seeds'),
    Math.max(1, whole(values.workers, 'workers')),
  );
