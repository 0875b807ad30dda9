/** Recall, clean kept and speed over a labelled file: node packages/pii/measure.ts <file.jsonl.gz> [--json] [--show] */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { evaluate, type LabelledCase } from './src/evaluate.ts';
import { createScrubber, defaultPolicy, type Scrubber } from './src/index.ts';

const SPEED_SECONDS = 1;

function readCases(path: string): LabelledCase[] {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as LabelledCase);
}

function eventsPerSecond(scrubber: Scrubber, cases: readonly LabelledCase[]): number {
  if (cases.length === 0) return 0;
  const run = (seconds: number): number => {
    const started = performance.now();
    let events = 0;
    while (performance.now() - started < seconds * 1000) {
      for (const item of cases) scrubber.scrubValue(item.event);
      events += cases.length;
    }
    return events / ((performance.now() - started) / 1000);
  };
  run(SPEED_SECONDS / 2);
  return Math.round(run(SPEED_SECONDS));
}

const [path, ...flags] = process.argv.slice(2);
if (path === undefined) {
  console.error('usage: node packages/pii/measure.ts <file.jsonl.gz> [--json] [--show]');
  process.exit(2);
}
const cases = readCases(path);
const scrubber = createScrubber(defaultPolicy);
const { missed, lost, ...scores } = evaluate(cases, scrubber);
const clean = cases.filter((item) => item.pii.length === 0);
const report = {
  ...scores,
  missed: missed.length,
  lost: lost.length,
  eventsPerSecond: {
    all: eventsPerSecond(scrubber, cases),
    clean: eventsPerSecond(scrubber, clean),
    withFindings: eventsPerSecond(
      scrubber,
      cases.filter((item) => item.pii.length > 0),
    ),
  },
};
if (flags.includes('--json')) console.log(JSON.stringify(report));
else {
  for (const [type, score] of Object.entries(scores.byType).sort()) {
    console.log(
      `${type.padEnd(20)} ${score.found}/${score.total}  ${((100 * score.found) / score.total).toFixed(1)} %`,
    );
  }
  console.log(
    `cases ${scores.cases}  recall ${scores.recall.toFixed(4)}  clean kept ${scores.cleanKept.toFixed(4)}`,
  );
  console.log(`events/s: ${JSON.stringify(report.eventsPerSecond)}`);
}
if (flags.includes('--show')) {
  for (const line of missed) console.log(`missed  ${line}`);
  for (const line of lost) console.log(`lost    ${line}`);
}
