import { type LoadedTable, tables } from '@fineprint/snowflake-loader/tables';
import { sourceOffsetOf } from '@fineprint/stream-runtime';
import { withoutRepeats } from './oracle-delivery.ts';
import { checkTable } from './oracle-stores.ts';
import type { Place } from './sim-group.ts';
import type { LoggedRecord } from './sim-log.ts';
import { MAX_VERSION_CHARS, type SnowflakeRow } from './sim-snowflake.ts';
import type { World } from './world.ts';

type Topic = keyof typeof tables;
const loadedTopics = Object.keys(tables) as Topic[];

interface SnowflakeRecords {
  readonly topic: Topic;
  readonly table: LoadedTable;
  /** Those that count and that the table takes, those that it does not take, and what it holds of the place. */
  readonly fitting: readonly LoggedRecord[];
  readonly refused: readonly LoggedRecord[];
  /** The refused ones with their repeats. */
  readonly refusable: number;
  readonly rows: readonly SnowflakeRow[];
}

/** Null for a topic that has no table. */
export function snowflakeRecords(world: World, { topic: any, partition }: Place): SnowflakeRecords | null {
  const topic = loadedTopics.find((name) => name === any);
  if (topic === undefined) return null;
  const isRefused = ({ value }: LoggedRecord) =>
    topic === 'ai.requests.clean' && world.decode(topic, value).model_version.length > MAX_VERSION_CHARS;
  const counting = withoutRepeats(world.log.read(topic, partition)).filter((r) => r.value !== null);
  const table = tables[topic];
  return {
    topic,
    table,
    fitting: counting.filter((r) => !isRefused(r)),
    refused: counting.filter(isRefused),
    refusable: world.log.read(topic, partition).filter((r) => r.value !== null && isRefused(r)).length,
    rows: world.snowflake.rows(table).filter((r) => r._topic === topic && r._partition === partition),
  };
}

/**
 * Tables that keep everything hold each record once, at its place; the others the highest version of each key. What a table
 * refuses has its letter, and the positions are where the rows end.
 */
export function checkSnowflake(world: World): string[] {
  return loadedTopics.flatMap((topic) => {
    const places = world.log
      .all(topic)
      .flatMap(({ partition }) => snowflakeRecords(world, { topic, partition }) ?? [])
      .map((records, partition) => ({ partition, records }));
    return [
      ...places.flatMap(({ partition, records }) => checkPlace(world, { topic, partition }, records)),
      ...checkNewest(world, topic, tables[topic]),
    ];
  });
}

function checkPlace(
  world: World,
  place: Place,
  { table, fitting, refused, rows }: SnowflakeRecords,
): string[] {
  const where = `Snowflake ${place.topic}/${place.partition}`;
  const letters = new Set(
    world
      .deadLetters('dead-letter.snowflake-loader')
      .filter((l) => l.source_topic === place.topic && l.source_partition === place.partition)
      .map((l) => l.source_offset),
  );
  const wrong = refused
    .filter((r) => !letters.has(r.offset))
    .map((r) => `lost: ${where}@${r.offset} was refused without a letter`);
  const expected = new Set(fitting.map((r) => r.offset));
  const found = rows.map((r) => r._offset);
  if (table.newest === null) wrong.push(...checkTable(where, expected, found));
  return [...wrong, ...checkPosition(world, place, fitting)];
}

function checkPosition(world: World, place: Place, fitting: readonly LoggedRecord[]): string[] {
  const where = `Snowflake's position of ${place.topic}/${place.partition}`;
  const last = fitting.at(-1);
  const found = world.snowflake.positions(place).map((p) => `${p.nextOffset}, ${p.sourceOffset}`);
  if (last === undefined && found.length === 0) return [];
  const sources = fitting.flatMap((r) => sourceOffsetOf(r) ?? []);
  const source = sources.length === 0 ? null : Math.max(...sources);
  const expected = `${last === undefined ? null : last.offset + 1}, ${source}`;
  return found.length === 1 && found[0] === expected
    ? []
    : [`${where}: it is ${found.join(' and ')}, and should be ${expected}`];
}

interface Highest {
  readonly version: number;
  /** Of the records that have it. */
  readonly places: Set<string>;
}

type Newest = NonNullable<LoadedTable['newest']>;

/** Of every key there is one row, and it is one of the records of the key's highest version. */
function checkNewest(world: World, topic: Topic, { newest }: LoadedTable): string[] {
  if (newest === null) return [];
  const highest = highestOf(world, topic, newest);
  const found = Map.groupBy(world.snowflake.rows(tables[topic]), (row) => versionOf(row, newest).key);
  const wrong: string[] = [];
  for (const [key, rows] of found) {
    const places = highest.get(key)?.places ?? new Set();
    const held = rows.map((row) => `${row._partition}@${row._offset}`);
    if (held.length !== 1 || !places.has(held[0] ?? ''))
      wrong.push(`Snowflake ${topic}: ${key} is ${held.join(', ')}, and should be one of ${[...places]}`);
  }
  for (const key of highest.keys()) if (!found.has(key)) wrong.push(`lost: Snowflake ${topic}: ${key}`);
  return wrong;
}

function highestOf(world: World, topic: Topic, newest: Newest): Map<string, Highest> {
  const highest = new Map<string, Highest>();
  const records = world.log
    .all(topic)
    .flatMap(({ partition, records: all }) => withoutRepeats(all).map((record) => ({ partition, record })));
  for (const { partition, record } of records) {
    if (record.value === null) continue;
    const row = { ...world.decode(topic, record.value), _partition: partition, _offset: record.offset };
    const { key, version } = versionOf(row, newest);
    const known = highest.get(key);
    if (known !== undefined && known.version > version) continue;
    const places = known?.version === version ? known.places : new Set<string>();
    highest.set(key, { version, places: places.add(`${partition}@${record.offset}`) });
  }
  return highest;
}

function versionOf(row: object, { key, version }: Newest) {
  const values = row as Readonly<Record<string, unknown>>;
  // In a file a time is text, in Avro a number.
  const text = (value: unknown) =>
    typeof value === 'string' && /^\d{4}-/.test(value) ? Date.parse(`${value}Z`) : value;
  return { key: JSON.stringify(key.map((name) => text(values[name]))), version: Number(values[version]) };
}
