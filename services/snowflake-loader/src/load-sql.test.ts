import { expect, it } from 'vitest';
import { columnsOf } from './columns.ts';
import { loadSql, prepareSql } from './load-sql.ts';
import { tables } from './tables.ts';

const FILE = 'alerts/3/0-9-abc.json.gz';

it('copies straight into a table that keeps everything', () => {
  const table = tables['product.events.clean'];
  const { statements, copyAt } = loadSql(table, columnsOf('product.events.clean'), FILE);
  expect([statements.length, copyAt, prepareSql(table)]).toEqual([1, 0, []]);
  expect(statements[0]).toMatch(/^COPY INTO PRODUCT_EVENTS \("EVENT_ID", "KIND", /);
  expect(statements[0]).toContain('$1:event_time::TIMESTAMP_NTZ(3), ');
  expect(statements[0]).toContain('$1:properties, ');
  expect(statements[0]).toMatch(
    /FROM @LOAD_FILES\/alerts\/3\/0-9-abc\.json\.gz\) FILE_FORMAT = \(TYPE = JSON\)$/,
  );
});

it('merges the newest of each key, and never sets what it merges by', () => {
  const table = tables['funnel.progress'];
  const { statements, copyAt } = loadSql(table, columnsOf('funnel.progress'), FILE);
  expect(prepareSql(table)).toEqual([
    'CREATE TEMPORARY TABLE IF NOT EXISTS LOAD_FUNNEL_PROGRESS LIKE FUNNEL_PROGRESS',
  ]);
  expect(statements[0]).toBe('DELETE FROM LOAD_FUNNEL_PROGRESS');
  expect(statements[copyAt]).toMatch(/^COPY INTO LOAD_FUNNEL_PROGRESS /);
  const merge = statements[2] ?? '';
  expect(merge).toContain('PARTITION BY "FUNNEL", "PERSON" ORDER BY "REVISION" DESC, "_OFFSET" DESC) = 1');
  expect(merge).toContain('ON T."FUNNEL" = S."FUNNEL" AND T."PERSON" = S."PERSON"');
  expect(merge).toContain('WHEN MATCHED AND S."REVISION" >= T."REVISION" THEN UPDATE SET');
  expect(merge).not.toContain('T."PERSON" = S."PERSON",');
});
