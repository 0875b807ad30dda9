/**
 * Opens every page of the dashboard in Chromium, on a stack of its own (Kafka, ClickHouse, Postgres) that it fills once, and
 * measures from going to the address until every answer is on the screen: first right after the start, then `--rounds` times,
 * each with another range, so that no answer is one from before. Prints a table to stderr and JSON to stdout.
 *
 *   node scripts/run.mjs scripts/bench/src/dashboard.ts [--events 1000000] [--rounds 5] [--shots folder] [--keep]
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openDashboard } from '@fineprint/query-api/testing/dashboard';
import { findChromium, startBrowser } from '@fineprint/sdk-browser/testing';
import { fillAiTables } from './ai-data.ts';
import { fillBehaviourTables } from './behaviour-data.ts';
import { fillDashboardTables } from './dashboard-data.ts';
import { summarize } from './quantiles.ts';
import { startQueryStack } from './query-stack.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '5' },
    shots: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
/** Each with the range that it shows by itself, in hours. */
const PAGES = {
  live: 0.5,
  ai: 24,
  behaviour: 30 * 24,
  business: 90 * 24,
  quality: 7 * 24,
  'dead-letters': 24,
  privacy: 30 * 24,
  operations: 24,
} as const;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const chromium = findChromium();
if (chromium === undefined) throw new Error('no Chromium is installed (FINEPRINT_CHROMIUM names one)');
const events = Number(values.events);
const stack = await startQueryStack(
  async (clickhouse, postgres) => {
    await fillAiTables(clickhouse, events);
    await fillBehaviourTables(clickhouse, postgres, events);
    await fillDashboardTables(clickhouse, events);
  },
  { withKafka: true, role: 'admin' },
);
const browser = await startBrowser(chromium);
const desk = await openDashboard(browser, stack.url, stack.key, { width: 1_440, scheme: 'light' });

/** The page's own range, so many minutes earlier. */
function addressOf(page: string, hours: number, minutes: number): string {
  const toMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - minutes * MINUTE_MS;
  const [from, to] = [toMs - hours * HOUR_MS, toMs].map((ms) => new Date(ms).toISOString());
  return `${page}?${new URLSearchParams({ from: from ?? '', to: to ?? '', zone: 'UTC' })}`;
}

const report: Record<string, object> = {};
const problems: string[] = [];
for (const [page, hours] of Object.entries(PAGES)) {
  const firstMs = await desk.open(page);
  const took: number[] = [];
  for (let round = 1; round <= Number(values.rounds); round++) {
    took.push(await desk.open(addressOf(page, hours, round)));
    problems.push(...(await desk.errors()).map((error) => `${page}: ${error}`));
  }
  if (values.shots !== undefined)
    await desk.page.screenshot({ path: path.join(values.shots, `${page}.png`), fullPage: true });
  const { p50, max } = summarize(took);
  report[page] = { first_ms: firstMs, p50_ms: p50, max_ms: max };
}
console.error(`\n${events} product events and as many AI requests, from the address to all answers, ms`);
console.table(report);
console.log(JSON.stringify({ what: 'pages of the dashboard', events, pages: report, problems }, null, 2));
await browser.close();
await stack.close(values.keep);
process.exitCode = problems.length === 0 ? 0 : 1;
