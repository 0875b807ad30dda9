import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type MissionRow, same } from '../mission/row.ts';

const DICTIONARY = path.join(import.meta.dirname, '..', '..', '..', 'docs', 'data-dictionary.md');

/** Table → its columns with types, as the dictionary tells them. */
function readDictionary(): Map<string, string[]> {
  const tables = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of readFileSync(DICTIONARY, 'utf8').split('\n')) {
    const table = /^## (\w+)$/.exec(line)?.[1];
    if (table !== undefined) {
      current = [];
      tables.set(table, current);
    }
    const [, name, type] = /^\| `(\w+)` \| `([^`]+)` \|/.exec(line) ?? [];
    if (name !== undefined && type !== undefined) current.push(`${name} ${type}`);
  }
  return tables;
}

export const clickHouse: MissionRow = {
  row: 10,
  name: 'ClickHouse',
  async check({ sql }) {
    let columns = 0;
    const dictionary = readDictionary();
    for (const [table, told] of dictionary) {
      const rows = await sql<{ column: string }>(
        `SELECT name || ' ' || type AS column FROM system.columns WHERE database = 'fineprint' AND table = {table:String} ORDER BY position`,
        { table },
      );
      same(`columns of ${table}`, rows.map((r) => r.column).sort(), [...told].sort());
      columns += told.length;
    }
    const views = await sql<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = 'fineprint' AND engine = 'View' ORDER BY name",
    );
    for (const { name } of views) await sql(`SELECT * FROM fineprint.${name} LIMIT 1`);
    return `${dictionary.size} tables with ${columns} typed columns as the data dictionary tells them; ${views.length} views answer`;
  },
};
