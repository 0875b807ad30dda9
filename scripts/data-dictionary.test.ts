import { expect, test } from 'vitest';
import { readTables, renderTable } from './data-dictionary.ts';

const SQL = `-- a comment
CREATE TABLE fineprint.things
(
    event_id UUID,
    categories Map(String, Bool),
    event_time DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
    method LowCardinality(Nullable(String)),
    _topic LowCardinality(String) DEFAULT 'x',
    subject String ALIAS coalesce(user_id, ''),
    INDEX by_event_id event_id TYPE bloom_filter(0.01) GRANULARITY 4,
    PROJECTION positions
    (
        SELECT _topic, count() GROUP BY _topic
    )
)
ENGINE = MergeTree ORDER BY event_time;

ALTER TABLE fineprint.things
    ADD COLUMN IF NOT EXISTS cost Int64 CODEC(T64, ZSTD) AFTER event_time,
    ADD COLUMN IF NOT EXISTS last Nullable(String);
`;

test('reads columns and types, and nothing else', () => {
  expect(readTables(SQL).get('things')).toEqual([
    { name: 'event_id', type: 'UUID' },
    { name: 'categories', type: 'Map(String, Bool)' },
    { name: 'event_time', type: "DateTime64(3, 'UTC')" },
    { name: 'cost', type: 'Int64' },
    { name: 'method', type: 'LowCardinality(Nullable(String))' },
    { name: '_topic', type: 'LowCardinality(String)' },
    { name: 'subject', type: 'String' },
    { name: 'last', type: 'Nullable(String)' },
  ]);
});

test('describes each by its schema, and refuses a column that nothing describes', () => {
  const added = ['cost', 'last'];
  const columns = (readTables(SQL).get('things') ?? []).filter((c) => !added.includes(c.name));
  const text = renderTable('things', 'consent.clean', 'ConsentUpdate', columns);
  expect(text).toContain('| `categories` | `Map(String, Bool)` | Purpose to allowed: analytics, marketing');
  expect(() => renderTable('things', 't', 'ConsentUpdate', [{ name: 'mystery', type: 'String' }])).toThrow(
    'things.mystery',
  );
});
