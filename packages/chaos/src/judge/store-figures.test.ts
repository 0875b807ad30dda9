import { expect, it } from 'vitest';
import { differencesOf } from './store-figures.ts';

it('names each figure that is not the same everywhere, and one that a store lacks', () => {
  const clickhouse = { rows: 3, ids: 3, tokens: 7 };
  const same = { table: 'ai_requests', stores: { clickhouse, postgres: { ...clickhouse } } };
  expect(differencesOf(same)).toEqual([]);
  const { tokens: _, ...rest } = clickhouse;
  expect(
    differencesOf({ ...same, stores: { clickhouse, postgres: { ...clickhouse, ids: 2 }, snowflake: rest } }),
  ).toEqual([
    'ai_requests ids: clickhouse 3, postgres 2, snowflake 3',
    'ai_requests tokens: clickhouse 7, postgres 7, snowflake none',
  ]);
});
