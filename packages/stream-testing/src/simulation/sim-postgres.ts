import {
  type Dropped,
  DUPLICATE_ID,
  type Load,
  type LoadRow,
  type LoadStore,
} from '@fineprint/postgres-loader/load-store';
import type { LoadTopic } from '@fineprint/postgres-loader/tables';
import { type SinkPosition, StreamError } from '@fineprint/stream-runtime';
import type { Remote } from './remote.ts';
import type { SimProcess } from './sim-process.ts';

/** A stored row: its place, its event, and what COPY was given. */
export interface DocumentRow extends LoadRow {
  readonly partition: number;
}

/** The product document's tables and where their loader stands: a model of its transactions. */
export interface SimPostgres {
  connect(process: SimProcess): LoadStore;
  rows(topic: LoadTopic): readonly DocumentRow[];
}

const NOWHERE: SinkPosition = { nextOffset: null, sourceOffset: null };

export function createPostgres(remote: Remote): SimPostgres {
  const tables: Readonly<Record<LoadTopic, DocumentRow[]>> = {
    'product.events.clean': [],
    'ai.requests.clean': [],
  };
  const positions = new Map<string, SinkPosition>();
  const exceptions = new Map<string, Map<number, { rule: string; sourceOffset: number | null }>>();
  const users = new Set<string>();
  const keyOf = (topic: LoadTopic, partition: number) => `${topic}/${partition}`;
  const droppedOf = (topic: LoadTopic, partition: number) => {
    const key = keyOf(topic, partition);
    const found = exceptions.get(key) ?? new Map<number, { rule: string; sourceOffset: number | null }>();
    exceptions.set(key, found);
    return found;
  };
  const isHeld = (topic: LoadTopic, partition: number, row: LoadRow) =>
    tables[topic].some((r) => sameId(r, row) || (r.partition === partition && r.offset === row.offset));

  const load = ({ topic, partition, after, next, rows }: Load): Dropped | 'moved' => {
    const key = keyOf(topic, partition);
    if ((positions.get(key) ?? NOWHERE).nextOffset !== after.nextOffset) return 'moved';
    positions.set(key, next);
    const dropped = new Map<number, string>();
    for (const row of rows) {
      const taken = tables[topic].find((r) => sameId(r, row));
      if (taken === undefined) tables[topic].push({ ...row, partition });
      else if (taken.partition !== partition || taken.offset !== row.offset) {
        dropped.set(row.offset, DUPLICATE_ID);
        droppedOf(topic, partition).set(row.offset, { rule: DUPLICATE_ID, sourceOffset: row.sourceOffset });
      }
    }
    return dropped;
  };

  const holdings = (topic: LoadTopic, partition: number, first: number, next: number) => {
    const own = tables[topic].filter((r) => r.partition === partition);
    const dropped = [...droppedOf(topic, partition)].filter(([at]) => at >= first && at < next);
    const before = own.filter((r) => r.offset < first).flatMap((r) => r.sourceOffset ?? []);
    for (const [at, { sourceOffset }] of droppedOf(topic, partition))
      if (at < first && sourceOffset !== null) before.push(sourceOffset);
    return {
      offsets: new Set(own.map((r) => r.offset).filter((at) => at >= first && at < next)),
      sourceOffsetBefore: before.length === 0 ? null : Math.max(...before),
      dropped: new Map(dropped.map(([at, { rule }]) => [at, rule])),
    };
  };

  return {
    rows: (topic) => tables[topic],
    connect(process) {
      const call = <T>(label: string, effect: () => T): Promise<T> =>
        process.call(remote, label, effect).catch((error: unknown) => {
          throw new StreamError('unavailable', 'Postgres does not answer', { cause: error, retriable: true });
        });
      return {
        position: (topic, partition) =>
          call(`position in ${topic}`, () => positions.get(keyOf(topic, partition)) ?? NOWHERE),
        addUsers: (given) =>
          call(`insert of ${given.length} users`, () => given.forEach((user) => void users.add(user.id))),
        load: (given) => call(`transaction of ${given.rows.length} rows`, () => load(given)),
        holdings: (topic, partition, first, next) =>
          call(`holdings in ${topic}`, () => holdings(topic, partition, first, next)),
        holds: (topic, partition, row) => call(`holds in ${topic}`, () => isHeld(topic, partition, row)),
        restore: (topic, partition, row) =>
          call('transaction of a replay', () => {
            if (isHeld(topic, partition, row)) return 'held';
            tables[topic].push({ ...row, partition });
            return 'stored';
          }),
      };
    },
  };
}

const sameId = (a: LoadRow, b: LoadRow) => a.eventId.toLowerCase() === b.eventId.toLowerCase();
