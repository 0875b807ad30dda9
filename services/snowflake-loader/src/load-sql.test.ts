import { expect, it } from 'vitest';
import { columnsOf } from './columns.ts';
import { clearSql, copySql, mergeSql, movePositionSql, prepareSql } from './load-sql.ts';
import { tables } from './tables.ts';

const FILE = 'alerts/3/0-9-abc.json.gz';

it('copies straight into a table that keeps everything', () => {
  const table = tables['product.events.clean'];
  const copy = copySql(table, columnsOf('product.events.clean'), FILE);
  expect(prepareSql(table)).toEqual([]);
  expect(movePositionSql(table)).not.toContain('EXISTS');
  expect(copy).toMatch(/^COPY INTO PRODUCT_EVENTS \("EVENT_ID", "KIND", /);
  expect(copy).toContain('$1:event_time::TIMESTAMP_NTZ(3), ');
  expect(copy).toContain('$1:properties, ');
  expect(copy).toMatch(/FROM @LOAD_FILES\/alerts\/3\/0-9-abc\.json\.gz\) FILE_FORMAT = \(TYPE = JSON\)$/);
});

it('merges the newest of each key, and never sets what it merges by', () => {
  const table = tables['funnel.progress'];
  const columns = columnsOf('funnel.progress');
  expect(prepareSql(table)).toEqual([
    'CREATE TEMPORARY TABLE IF NOT EXISTS LOAD_FUNNEL_PROGRESS LIKE FUNNEL_PROGRESS',
  ]);
  expect(clearSql(table)).toBe('DELETE FROM LOAD_FUNNEL_PROGRESS');
  expect(copySql(table, columns, FILE)).toMatch(/^COPY INTO LOAD_FUNNEL_PROGRESS /);
  const merge = mergeSql(table, columns);
  expect(merge).toContain('PARTITION BY "FUNNEL", "PERSON" ORDER BY "REVISION" DESC, "_OFFSET" DESC) = 1');
  expect(merge).toContain('ON T."FUNNEL" = S."FUNNEL" AND T."PERSON" = S."PERSON"');
  expect(merge).toContain('WHEN MATCHED AND S."REVISION" >= T."REVISION" THEN UPDATE SET');
  expect(merge).not.toContain('T."PERSON" = S."PERSON",');
  expect(movePositionSql(table)).toContain('EXISTS (SELECT 1 FROM LOAD_FUNNEL_PROGRESS WHERE');
});
