import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastWhole, periodBefore, periodOf } from './period.ts';
import { renderCsv } from './render-csv.ts';
import { renderHtml } from './render-html.ts';
import { type Report, reportId } from './report.ts';

const EVIL = '<script>alert("x")</script>=cmd|\' /C calc\'!A0';
const report: Report = {
  kind: 'weekly',
  fromMs: Date.UTC(2026, 0, 5),
  toMs: Date.UTC(2026, 0, 12),
  createdAtMs: Date.UTC(2026, 0, 12, 9),
  sections: [
    {
      title: 'Revenue in EUR',
      note: 'Of subscriptions.',
      figures: [
        { title: 'MRR', value: '1200.50', before: '1000.00', rise: 'good' },
        { title: 'Churn MRR', value: '50.00', before: '20.00', rise: 'bad' },
        { title: 'Quick ratio', value: null, before: null, rise: 'good' },
      ],
      charts: [
        {
          title: 'MRR by day',
          days: ['2026-01-05', '2026-01-06', '2026-01-07'],
          lines: [
            { name: EVIL, values: [1, null, 3_000_000] },
            { name: 'USD', values: [null, null, null] },
          ],
        },
      ],
      tables: [
        {
          title: 'Plans',
          head: ['plan', 'MRR'],
          rows: [
            [EVIL, '-3.50'],
            ['=1+1', null],
          ],
        },
      ],
    },
    {
      title: 'Nothing',
      note: null,
      figures: [],
      charts: [{ title: 'Empty', days: [], lines: [] }],
      tables: [],
    },
  ],
};

describe('the page', () => {
  const html = renderHtml(report);

  it('needs nothing from elsewhere, and lets no name become markup', () => {
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|https?:|\son\w+=|javascript:/i);
    expect(html).toContain('&lt;script&gt;');
    expect(html.match(/<style>/g)).toHaveLength(1);
  });

  it('can be read by all: language, headings, captions, charts with a name and their figures', () => {
    expect(html).toContain('<html lang="en">');
    expect(html).toContain('prefers-color-scheme: dark');
    expect(html.match(/<svg role="img" aria-labelledby="(\w+)"/g)).toHaveLength(2);
    for (const [, id] of html.matchAll(/aria-labelledby="(\w+)"/g)) expect(html).toContain(`id="${id}"`);
    expect(html.match(/<caption>/g)).toHaveLength(3);
    expect(html).not.toMatch(/NaN|undefined|Infinity|null/);
  });

  it('says whether a change is good', () => {
    expect(html).toContain('<small class="good">before: 1000.00');
    expect(html).toContain('<small class="bad">before: 20.00');
    expect(html).toContain('–<small class="">before: –');
  });
});

it('the CSV has every figure, and nothing that a spreadsheet would run', () => {
  const lines = renderCsv(report).trimEnd().split('\n');
  expect(lines).toContain('Revenue in EUR,figures,MRR,value,1200.50');
  expect(lines).toContain("Revenue in EUR,Plans,'=1+1,MRR,");
  expect(lines.some((line) => line.endsWith(',MRR,-3.50'))).toBe(true);
  expect(lines).toHaveLength(1 + 6 + 6 + 2);
});

describe('periods', () => {
  it('are whole weeks from Monday on, and whole months', () => {
    const now = Date.UTC(2026, 2, 4, 9);
    expect(reportId('weekly', lastWhole('weekly', now).fromMs)).toBe('weekly-2026-02-23');
    expect(reportId('monthly', lastWhole('monthly', now).fromMs)).toBe('monthly-2026-02-01');
    expect(new Date(periodBefore('monthly', periodOf('monthly', now)).toMs).toISOString()).toBe(
      '2026-03-01T00:00:00.000Z',
    );
  });

  it('hold their moment, and follow one another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1e9, max: 7e12 }), fc.constantFrom('weekly', 'monthly'), (ms, kind) => {
        const period = periodOf(kind, ms);
        expect(period.fromMs <= ms && ms < period.toMs).toBe(true);
        expect(periodBefore(kind, period).toMs).toBe(period.fromMs);
        if (kind === 'weekly') expect(new Date(period.fromMs).getUTCDay()).toBe(1);
      }),
    );
  });
});
