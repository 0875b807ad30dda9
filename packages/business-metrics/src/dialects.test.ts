import { describe, expect, it } from 'vitest';
import { clickhouse } from './clickhouse.ts';
import { DEFAULT_CONVENTION } from './convention.ts';
import { families } from './families.ts';
import { figures } from './figures.ts';
import { snowflake } from './snowflake.ts';
import { bucketsOf, DAY_MS } from './sql/buckets.ts';

const buckets = bucketsOf('day', Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 3));

describe.each(families.map((f) => ({ ...f })))('$name', ({ name, columns, sql }) => {
  const texts = {
    clickhouse: sql(clickhouse, DEFAULT_CONVENTION, buckets),
    snowflake: sql(snowflake, DEFAULT_CONVENTION, buckets),
  };

  it('is said in each dialect by its own functions only', () => {
    expect(texts.snowflake).not.toMatch(/toInt128|intDiv|fineprint\.|JSONExtract|argMax|toDateTime|FINAL/);
    expect(texts.clickhouse).not.toMatch(/TO_TIMESTAMP|\bNUMBER\(|::|GENERATOR|EPOCH_MILLISECOND/);
  });

  it('is the same query in both: as many expressions, unions, windows and columns', () => {
    const shape = (text: string) => {
      const own = text.replaceAll(/\([^()]*product_events[^()]*\)/g, '()');
      return ['AS \\(', 'UNION ALL', 'GROUP BY', 'JOIN'].map((word) => [
        word,
        own.match(new RegExp(word, 'g'))?.length ?? 0,
      ]);
    };
    // ClickHouse's links and money events are read from tables of their own, by a GROUP BY.
    const without = (given: ReturnType<typeof shape>) => given.filter(([word]) => word !== 'GROUP BY');
    expect(without(shape(texts.snowflake))).toEqual(without(shape(texts.clickhouse)));
  });

  it('answers the columns of its table', () => {
    expect(columns.slice(0, 2)).toEqual(['granularity', 'period_start']);
    expect(new Set(columns).size).toBe(columns.length);
    expect(figures.some((figure) => figure.family === name)).toBe(true);
  });
});

it('describes every figure of a table', () => {
  const described = new Set(figures.map((f) => f.name));
  const dimensions = [
    'granularity',
    'period_start',
    'currency',
    'plan',
    'scope',
    'feature',
    'ignored_events',
  ];
  for (const { columns } of families)
    for (const column of columns.filter((c) => !dimensions.includes(c)))
      expect([...described], column).toContain(column);
});

it('divides whole numbers without a rounded quotient in between', () => {
  expect(clickhouse.divide('ms', DAY_MS)).toBe('intDiv(ms, 86400000)');
  expect(snowflake.divide('ms', DAY_MS)).toBe('CAST(((ms) - MOD(ms, 86400000)) / 86400000 AS NUMBER(38, 0))');
});
