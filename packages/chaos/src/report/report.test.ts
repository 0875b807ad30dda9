import { expect, test } from 'vitest';
import { judge } from '../judge/judge.ts';
import { labs } from '../labs/index.ts';
import { createBook } from '../load/book.ts';
import { renderLabs } from './render-labs.ts';
import { renderReport } from './render-report.ts';
import { renderResults } from './render-results.ts';
import { type RunFacts, toReport } from './report.ts';

const NOTHING = { product: [], ai: [], feedback: [], consent: [] };

/** A run of one acknowledged event, which is stored where `stored` says so. */
function run(stored: readonly string[], change: Partial<RunFacts> = {}): RunFacts {
  const book = createBook();
  book.sent({ id: 'e1', kind: 'product', order: null, timeMs: 0 });
  book.acknowledged('e1');
  const verdict = judge({
    sent: book.events,
    acknowledged: book.acknowledgedIds,
    stored: { ...NOTHING, product: stored },
    copies: [],
    clean: NOTHING,
    deadLettered: new Set(),
    garbage: { sent: new Set(), deadLettered: new Set() },
    metrics: new Map(),
    funnelLevels: new Map(),
    compared: [{ table: 'product_events', stores: { clickhouse: { rows: 1 }, postgres: { rows: 1 } } }],
    personalData: new Map(),
  });
  return {
    seed: 42,
    labs: ['kill-service'],
    durationMs: 300_000,
    book,
    verdict,
    quiet: { reached: true, tookMs: 6_000, lag: {} },
    faults: [
      {
        lab: 'kill-service',
        what: 'kill -9 a',
        startMs: 1_000,
        endMs: 1_100,
        gap: { table: 't', longestMs: 4_000, resumedAfterMs: 3_900 },
      },
      { lab: 'kill-service', what: 'kill -9 b', startMs: 9_000, endMs: 9_100, gap: null },
    ],
    checks: [],
    figures: {},
    crashes: {},
    memory: { a: { maxBytes: 100 * 1_048_576, slopePercent: null } },
    ledger: { balanced: true, settled: true, entries: 7, gaps: [] },
    ...change,
  };
}

test('a run passes when nothing was found and everything held', () => {
  expect(toReport(run(['e1']))).toMatchObject({
    seed: 42,
    passed: true,
    sent: 1,
    acknowledged: 1,
    lost: 0,
    findings: [],
  });
});

test('a lost event, a failed check, no rest, or too much memory fails it', () => {
  expect(toReport(run([]))).toMatchObject({ passed: false, lost: 1, findings: [{ what: 'lost', id: 'e1' }] });
  const check = { lab: 'x', what: 'it holds', holds: false, evidence: '' };
  expect(toReport(run(['e1'], { checks: [check] }))).toMatchObject({ passed: false, checks_failed: 1 });
  expect(toReport(run(['e1'], { quiet: { reached: false, tookMs: 1, lag: { g: 1 } } })).passed).toBe(false);
  const ledger = { balanced: false, settled: true, entries: 7, gaps: ['row_missing x'] };
  expect(toReport(run(['e1'], { ledger })).passed).toBe(false);
  const memory = { a: { maxBytes: 600 * 1_048_576, slopePercent: null } };
  expect(toReport(run(['e1'], { memory }))).toMatchObject({ passed: false, checks_failed: 1 });
});

test('as text it begins with the seed and names what was found', () => {
  const text = renderReport(toReport(run([])));
  expect(text).toMatch(/^seed 42: FAILED/);
  expect(text).toContain('lost: product_events e1');
  expect(text).toMatch(/kill -9 b .* never/);
});

test('results by lab, the worst of its faults', () => {
  const { faults } = run(['e1']);
  const results = renderResults(toReport(run(['e1'], { faults: faults.slice(0, 1) })));
  expect(results).toContain('| `kill-service` | 1 | 4 | 3.9 |');
  expect(renderResults(toReport(run(['e1'])))).toContain('| `kill-service` | 2 | never | never |');
});

test('every lab says what is done and what passes, under a name that can be typed', () => {
  expect(new Set(labs.map((l) => l.name)).size).toBe(labs.length);
  for (const lab of labs) {
    expect(lab.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(renderLabs([lab])).toContain(`| \`${lab.name}\` | ${lab.kind} | ${lab.title} | ${lab.passes} |`);
  }
});
