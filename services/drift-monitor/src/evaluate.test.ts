import { expect, it } from 'vitest';
import { type Baseline, DEFAULT_CHOICE, MINUTE_MS, type TimeRange } from './baseline.ts';
import { createBaselineCache } from './baseline-cache.ts';
import { type EvaluationPorts, evaluateSlot } from './evaluate.ts';
import { NO_SKETCHES } from './measure-series.ts';
import type { Evaluation } from './records.ts';
import { type ModelVersion, nameOf, type SketchReader } from './sketch-reader.ts';

const SLOT_MS = Date.UTC(2026, 0, 8, 12);
const some = (n: number) => ({ ...NO_SKETCHES, requests: n, outcomes: new Map([['', n]]) });

function setUp(active: readonly ModelVersion[], baselines: readonly Baseline[] = []) {
  const asked: { range: TimeRange; series: readonly ModelVersion[] }[] = [];
  const reader: SketchReader = {
    active: async (_range, limit) => active.slice(0, limit),
    async read(range, series) {
      asked.push({ range, series });
      // A quiet model has had no requests in the last 5 minutes.
      const heard = series.filter((s) => s.model !== 'quiet' || range.fromMs < SLOT_MS - 5 * MINUTE_MS);
      return new Map(heard.map((s) => [nameOf(s), some(s.version.length)]));
    },
  };
  const decided: Evaluation[][] = [];
  const ports: EvaluationPorts = {
    reader,
    cache: createBaselineCache(reader, 1_000),
    baselines: async () => baselines,
    async decide(_slotMs, evaluations) {
      decided.push([...evaluations]);
      return { records: [], repeats: 0 };
    },
    maxSeries: 200,
  };
  return { asked, decided, ports };
}

const many = Array.from({ length: 120 }, (_, i) => ({ model: `m${i}`, version: '1' }));

it('works in chunks with one question per range, and asks for baselines once in a step', async () => {
  const { asked, decided, ports } = setUp(many);
  expect(await evaluateSlot(ports, SLOT_MS)).toEqual({ series: 120, isCut: false, isComplete: true });
  expect(decided.map((d) => d.length)).toEqual([50, 50, 20]);
  expect(asked.map((a) => a.series.length)).toEqual([50, 50, 50, 50, 20, 20]);
  await evaluateSlot(ports, SLOT_MS + MINUTE_MS);
  expect(asked.slice(6).map((a) => a.series.length)).toEqual([50, 0, 50, 0, 20, 0]);
  await evaluateSlot(ports, SLOT_MS + 10 * MINUTE_MS);
  expect(asked.slice(12).map((a) => a.series.length)).toEqual([50, 50, 50, 50, 20, 20]);
});

it('stops between chunks when the slot is no longer ours', async () => {
  const { decided, ports } = setUp(many);
  let asks = 0;
  const result = await evaluateSlot(ports, SLOT_MS, { mayGoOn: async () => ++asks < 2 });
  expect(result).toMatchObject({ isComplete: false });
  expect(decided).toHaveLength(1);
});

it('compares with another version and over windows of their own, without mixing them up', async () => {
  const chosen = [
    { model: 'a', version: '', ...DEFAULT_CHOICE, baselineVersion: '22' },
    { model: 'quiet', version: '', ...DEFAULT_CHOICE, windowMinutes: 5 },
  ];
  const active = [
    { model: 'a', version: '1' },
    { model: 'quiet', version: '1' },
    { model: 'b', version: '333' },
  ];
  const { decided, ports } = setUp(active, chosen);
  await evaluateSlot(ports, SLOT_MS);
  const counts = decided
    .flat()
    .map(({ comparison: c, measurement: m }) => [
      c.model,
      c.baselineVersion,
      m.baselineCount,
      m.currentCount,
    ]);
  expect(counts).toEqual([
    ['a', '22', 2, 1],
    ['b', '333', 3, 3],
  ]);
});
