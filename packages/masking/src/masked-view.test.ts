import { expect, it } from 'vitest';
import { maskedView, undeclared } from './masked-view.ts';

const sqlOf = (table: string, name: string, type: string) => maskedView(table, [{ name, type }])?.sql;

it('shows what is declared to tell nobody, as it is', () => {
  expect(sqlOf('t', 'event_name', 'LowCardinality(String)')).toContain(
    'SELECT t.`event_name` AS `event_name` FROM fineprint.`t` AS t CROSS JOIN',
  );
  expect(sqlOf('t', 'anything', 'Int64')).toContain('t.`anything` AS `anything`');
});

it('shows of an id its stand-in, and the key nowhere', () => {
  const sql = sqlOf('t', 'user_id', 'Nullable(String)');
  expect(sql).toContain('if(isNull(t.`user_id`), NULL, if(');
  expect(sql).toContain('SHA256(concat(k.masking_key');
  expect(sql).not.toContain('t.`user_id` AS');
  expect(sqlOf('t', 'alias', 'Array(String)')).toContain('arrayMap(x -> if(x = ');
});

it('leaves out what nobody declared, and what it cannot mask', () => {
  const columns = [
    { name: 'mystery', type: 'String' },
    { name: 'user_id', type: 'Map(String, String)' },
  ];
  expect(maskedView('t', columns)).toBeNull();
  expect(undeclared('t', columns)).toEqual(['t.mystery']);
});

it('has another version once a column is masked otherwise', () => {
  const columns = [{ name: 'properties', type: 'String' }];
  const [ai, product] = [maskedView('ai_requests', columns), maskedView('product_events', columns)];
  expect(ai?.version).not.toBe(product?.version);
  expect(ai?.sql).toMatch(/COMMENT '[0-9a-f]{16}'$/);
});
