import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { TopicName } from '@fineprint/topology';
import { expect, it } from 'vitest';
import { columnsOf } from './columns.ts';
import { tables } from './tables.ts';

const MIGRATIONS = path.join(import.meta.dirname, '..', '..', '..', 'infra', 'migrations', 'snowflake');

/** Table → its columns with types, as all migrations together make them. */
function migrated(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const sql = readdirSync(MIGRATIONS)
    .sort()
    .map((file) => readFileSync(path.join(MIGRATIONS, file), 'utf8'))
    .join('\n');
  const column = (text: string) =>
    text.replace(/ NOT NULL$/, '').replace(/^"(\w+)"/, (_, n: string) => n.toLowerCase());
  for (const [, table = '', body = ''] of sql.matchAll(
    /CREATE TABLE IF NOT EXISTS (\w+) \(\n([\s\S]*?)\n\);/g,
  ))
    found.set(
      table,
      body.split(',\n').map((line) => column(line.trim())),
    );
  for (const [, table = '', added = ''] of sql.matchAll(
    /ALTER TABLE (\w+) ADD COLUMN IF NOT EXISTS ([^;]+);/g,
  ))
    found.get(table)?.push(column(added.trim()));
  return found;
}

it('loads what the migrations make, column by column: a new field of a record needs a new migration', () => {
  const made = migrated();
  for (const [topic, { name }] of Object.entries(tables)) {
    const columns = columnsOf(topic as TopicName).map((c) => `${c.name} ${c.type}`);
    expect([...(made.get(name) ?? [])].sort(), name).toEqual([...columns].sort());
  }
});

it('merges by columns that there are', () => {
  for (const [topic, { newest }] of Object.entries(tables)) {
    const names = columnsOf(topic as TopicName).map((c) => c.name);
    if (newest !== null) expect(names).toEqual(expect.arrayContaining([...newest.key, newest.version]));
  }
});
