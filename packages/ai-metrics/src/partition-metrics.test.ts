import type { AiMetric, AiRequest } from '@fineprint/schemas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_ERROR_NAMES, OTHER_ERRORS } from './error-names.ts';
import { MAX_SERIES, PartitionMetrics, SEGMENT_OFFSETS } from './partition-metrics.ts';
import { OVERFLOW } from './series.ts';
import { arbitraryRequest } from './testing/requests.ts';
import { type Counts, WindowCounts } from './window-counts.ts';

const [sample] = fc.sample(arbitraryRequest, { numRuns: 1, seed: 1 });
const request = (change: Partial<AiRequest> = {}): AiRequest => ({ ...(sample as AiRequest), ...change });

/** A cost of its own for each request; a third have none. */
const costOf = (r: AiRequest): number | null => (r.output_tokens % 3 === 0 ? null : r.output_tokens * 7_919);

/** What a store holds: per partition and key the snapshot of the highest as-of. */
class Store {
  readonly latest = new Map<string, AiMetric>();
  /** As the topic holds them. */
  readonly log: AiMetric[] = [];

  write(metrics: PartitionMetrics, offset: number, partition = 0, most = Number.POSITIVE_INFINITY): void {
    const snapshots = metrics.takeSnapshots({ offset, sourceOffset: offset }).slice(0, most);
    for (const { key, record } of snapshots) {
      this.log.push(record);
      const place = `${partition}/${key}`;
      if ((this.latest.get(place)?.as_of_offset ?? -1) <= record.as_of_offset) this.latest.set(place, record);
    }
  }

  /** Windows summed over partitions and segments. */
  windows(): Map<string, Counts> {
    const sums = new Map<string, WindowCounts>();
    for (const metric of this.latest.values()) {
      const name = JSON.stringify([
        metric.window_start,
        metric.model_name,
        metric.model_version,
        metric.provider,
        metric.experiment_id,
        metric.variant,
      ]);
      const sum = sums.get(name) ?? new WindowCounts();
      sum.merge(metric);
      sums.set(name, sum);
    }
    return new Map([...sums].map(([name, sum]) => [name, sum.counts()]));
  }
}

/** One partition, one pass, no crash: what all others must equal. */
function plain(requests: readonly AiRequest[]): Map<string, Counts> {
  const metrics = new PartitionMetrics();
  const store = new Store();
  requests.forEach((r, offset) => void metrics.count(offset, r, costOf(r)));
  store.write(metrics, requests.length - 1);
  return store.windows();
}
const sorted = (windows: Map<string, Counts>) =>
  Object.fromEntries(
    [...windows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, c]) => [k, { ...c, errors: Object.fromEntries(Object.entries(c.errors).sort()) }]),
  );

describe('counts', () => {
  it('adds up to what was sent', () => {
    fc.assert(
      fc.property(fc.array(arbitraryRequest, { maxLength: 80 }), (requests) => {
        const all = [...plain(requests).values()];
        const total = (read: (c: Counts) => number) => all.reduce((sum, c) => sum + read(c), 0);
        expect(total((c) => c.requests)).toBe(requests.length);
        expect(total((c) => c.successes + Object.values(c.errors).reduce((a, b) => a + b, 0))).toBe(
          requests.length,
        );
        expect(total((c) => c.output_tokens_sum)).toBe(requests.reduce((sum, r) => sum + r.output_tokens, 0));
        const costs = requests.flatMap((r) => r.cost_estimate ?? []);
        expect(total((c) => c.estimated_requests)).toBe(costs.length);
        expect(total((c) => c.cost_estimate_usd)).toBeCloseTo(
          costs.reduce((a, b) => a + b, 0),
          7,
        );
        const priced = requests.flatMap((r) => costOf(r) ?? []);
        expect(total((c) => c.cost_nano_usd)).toBe(priced.reduce((a, b) => a + b, 0));
        expect(total((c) => c.priced_requests)).toBe(priced.length);
        expect(total((c) => c.unpriced_requests)).toBe(requests.length - priced.length);
      }),
    );
  });

  it('leaves impossible values out and says so', () => {
    const counts = new WindowCounts();
    counts.add(
      request({
        input_tokens: -5,
        latency_ms: Number.NaN,
        time_to_first_token_ms: -1,
        confidence_score: 7,
        cost_estimate: -2,
        feedback_score: 3,
      }),
      null,
    );
    expect(counts.counts()).toMatchObject({
      requests: 1,
      invalid_values: 6,
      input_tokens_count: 0,
      input_tokens_sum: 0,
      latency_ms_count: 0,
      confidence_count: 0,
      estimated_requests: 0,
      feedback_count: 0,
    });
  });

  it('bounds the names of errors; a success that names an error is a success', () => {
    const counts = new WindowCounts();
    for (let i = 0; i < 50; i++) counts.add(request({ success: false, error_type: `e${i}` }), null);
    counts.add(request({ success: true, error_type: 'e1' }), null);
    const { errors, successes, requests } = counts.counts();
    expect(Object.keys(errors)).toHaveLength(MAX_ERROR_NAMES + 1);
    expect(errors[OTHER_ERRORS]).toBe(50 - MAX_ERROR_NAMES);
    expect([successes, requests]).toEqual([1, 51]);
  });
});

describe('the same numbers come out', () => {
  /** Two series over five minutes: windows are met again and again. */
  const few = { model_version: '1', provider: null, experiment_id: null, variant: null };
  const stream = fc.array(
    arbitraryRequest.map((r) => ({ ...r, ...few })),
    { minLength: 1, maxLength: 60, size: 'max' },
  );

  it('in any order, and from any number of partitions', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(2), { minLength: 60, maxLength: 60 }), (requests, places) => {
        const store = new Store();
        for (const partition of [0, 1, 2]) {
          const metrics = new PartitionMetrics();
          [...requests]
            .reverse()
            .forEach((r, i) => void (places[i] === partition && metrics.count(i, r, costOf(r))));
          store.write(metrics, requests.length - 1, partition);
        }
        expect(sorted(store.windows())).toEqual(sorted(plain(requests)));
      }),
    );
  });

  it('after crashes between and within writes, restarts, and a frozen twin that writes late', () => {
    const life = fc.record({
      work: fc.nat(20),
      written: fc.nat(12),
      commits: fc.boolean(),
      twin: fc.boolean(),
    });
    const start = fc.nat(3).map((n) => (n + 1) * SEGMENT_OFFSETS - 25);
    fc.assert(
      fc.property(
        stream,
        start,
        fc.array(life, { maxLength: 8, size: 'max' }),
        fc.nat(60),
        (requests, first, lives, back) => {
          const store = new Store();
          const run = (from: number, to: number, most: number, seen = store.log.length) => {
            const metrics = new PartitionMetrics();
            for (const record of store.log.slice(0, seen)) metrics.restore(record);
            for (const [i, r] of requests.slice(from, to).entries())
              metrics.count(first + from + i, r, costOf(r));
            store.write(metrics, first + to - 1, 0, most);
          };
          let now = { committed: 0, written: 0 };
          let before = now;
          for (const { work, written, commits, twin } of lives) {
            // A twin was assigned a commit ago, knows only what was written then, and cannot commit any more.
            const from = twin ? before : now;
            const to = Math.min(requests.length, from.committed + work);
            // Only what was written whole is committed; a crash can come in the middle, or just before the commit.
            const whole = commits && !twin;
            const most = whole ? Number.POSITIVE_INFINITY : written;
            run(from.committed, to, most, twin ? from.written : store.log.length);
            if (!whole) continue;
            before = now;
            now = { committed: to, written: store.log.length };
          }
          run(now.committed, requests.length, Number.POSITIVE_INFINITY);
          expect(sorted(store.windows())).toEqual(sorted(plain(requests)));
          // Set back, into the middle of a segment even: everything is known already.
          run(Math.min(back, requests.length), requests.length, Number.POSITIVE_INFINITY);
          expect(sorted(store.windows())).toEqual(sorted(plain(requests)));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('memory', () => {
  it('holds the windows of one segment, whatever the event times', () => {
    const metrics = new PartitionMetrics();
    const store = new Store();
    for (let i = 0; i < 30; i++) metrics.count(i, request({ event_time: i * 86_400_000 }), null);
    expect(metrics.size).toBe(30);
    metrics.count(SEGMENT_OFFSETS, request({ event_time: 0 }), null);
    expect(metrics.size).toBe(1);
    store.write(metrics, SEGMENT_OFFSETS);
    expect(store.latest.size).toBe(31);
    const next = new PartitionMetrics();
    for (const record of store.log.reverse()) next.restore(record);
    expect(next.size).toBe(1);
    expect([...store.windows().values()].reduce((sum, c) => sum + c.requests, 0)).toBe(31);
  });

  it('gives the first series of a segment their names and counts the rest by name as overflow', () => {
    const metrics = new PartitionMetrics();
    const answers = Array.from({ length: MAX_SERIES + 10 }, (_, i) =>
      metrics.count(i, request({ model_name: `m${i}` }), null),
    );
    expect(answers.filter((a) => a === 'overflow')).toHaveLength(10);
    expect(metrics.count(2_000, request({ model_name: 'm0' }), null)).toBe('counted');
    expect(metrics.count(2_001, request({ model_name: 'x'.repeat(1_000_000) }), null)).toBe('overflow');
    const overflow = metrics
      .takeSnapshots({ offset: 2_001, sourceOffset: 1 })
      .filter((s) => s.record.model_name === OVERFLOW);
    expect(overflow.map((s) => s.record.requests)).toEqual([11]);
  });

  it('lets the same series in after a restart', () => {
    const many = Array.from({ length: MAX_SERIES - 1 }, (_, i) => request({ model_name: `m${i}` }));
    const first = new PartitionMetrics();
    many.forEach((r, offset) => void first.count(offset, r, null));
    first.count(many.length, request({ model_name: 'x'.repeat(1_000) }), null);
    const next = new PartitionMetrics();
    for (const { record } of first.takeSnapshots({ offset: many.length, sourceOffset: 0 }))
      next.restore(record);
    expect(next.count(2_000, request({ model_name: 'the last one' }), null)).toBe('counted');
    expect(next.count(2_001, request({ model_name: 'one too many' }), null)).toBe('overflow');
  });
});
