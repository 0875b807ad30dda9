import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  granularityOf,
  pages,
  parseView,
  presets,
  rangeOf,
  spanOf,
  stepSecondsOf,
  type View,
  viewUrl,
} from './view.ts';

const parse = (url: string) => {
  const { pathname, search } = new URL(url, 'http://x');
  return parseView(pathname, search);
};

describe('a view', () => {
  it('is told by its address, and tells it', () => {
    const names = fc
      .stringMatching(/^[a-z]{1,8}$/)
      .filter((n) => !['range', 'from', 'to', 'zone'].includes(n));
    const views: fc.Arbitrary<View> = fc.record({
      page: fc.constantFrom(...pages),
      range: fc.oneof(
        fc.constant(null),
        fc.constantFrom(...(Object.keys(presets) as (keyof typeof presets)[])).map((preset) => ({ preset })),
        fc.constant({ from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' }),
      ),
      zone: fc.constantFrom(null, 'UTC', 'Asia/Tokyo'),
      filters: fc.dictionary(names, fc.string({ minLength: 1 })).map((f) => ({ ...f })),
    });
    fc.assert(
      fc.property(views, (view) => {
        expect(parse(viewUrl(view))).toEqual(view);
      }),
    );
  });

  it('leaves out what an address says wrong', () => {
    const view = parse('/dashboard/nonsense?range=9y&zone=Mars/Base&from=x&to=y&model=m');
    expect(view).toEqual({ page: 'live', range: null, zone: null, filters: { model: 'm' } });
    expect(parse('/dashboard/ai?from=2026-02-01T00:00Z&to=2026-01-01T00:00Z').range).toBeNull();
    expect(parse('/dashboard').page).toBe('live');
  });
});

describe('a range', () => {
  const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
  it('up to now leaves its end to the server, so that answers are shared', () => {
    const span = spanOf({ preset: '24h' }, nowMs);
    expect(span.asked).toEqual({ from: '2026-01-01T03:05:00.000Z' });
    expect(spanOf({ preset: '24h' }, nowMs + 10_000)).toEqual(span);
  });
  it('gives charts some hundred points', () => {
    for (const preset of Object.keys(presets) as (keyof typeof presets)[]) {
      const span = spanOf({ preset }, nowMs);
      const sizeMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }[granularityOf(span)];
      expect((span.toMs - span.fromMs) / sizeMs).toBeLessThanOrEqual(400);
      expect((span.toMs - span.fromMs) / (stepSecondsOf(span) * 1_000)).toBeLessThanOrEqual(366);
    }
  });
  it('is the page’s own where none was chosen', () => {
    expect(rangeOf(parse('/dashboard/operations'))).toEqual({ preset: '24h' });
  });
});
