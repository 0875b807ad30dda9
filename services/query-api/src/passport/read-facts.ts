import type { Warehouse } from '../clickhouse/warehouse.ts';
import type {
  AppliedRun,
  CountedRow,
  Facts,
  Ledger,
  Note,
  NoteKind,
  Place,
  Receipt,
  Run,
  StoredRow,
} from './facts.ts';
import { journeysOf } from './journeys.ts';
import {
  appliedQuestion,
  countedQuestion,
  deliveriesQuestion,
  notesQuestion,
  ownerQuestion,
  reachQuestion,
  rowsQuestion,
  runsQuestion,
} from './questions.ts';
import { cleanOf, FUNNELS } from './routes.ts';

interface WindowFields {
  readonly model_name: string;
  readonly model_version: string;
  readonly provider: string;
  readonly experiment_id: string;
  readonly variant: string;
  readonly window_ms: number;
}

interface RowOfRows extends WindowFields {
  readonly table: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly source_offset: number;
  readonly received_ms: number;
  readonly has_subject: number;
}

interface RowOfNotes {
  readonly stage: string;
  readonly kind: string;
  readonly reason: string;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: number | null;
  readonly types: readonly string[];
  readonly paths: readonly string[];
  readonly noted_ms: number;
  readonly dead_letter_id: string | null;
  readonly total: number;
}

interface RowOfRuns {
  readonly stage: string;
  readonly topic: string;
  readonly partition: number;
  readonly place: number;
  readonly entry_id: string;
  readonly instance: string;
  readonly first_offset: number;
  readonly next_offset: number;
  readonly written_ms: number;
  readonly published: number;
}

interface RowOfDeliveries {
  readonly destination: string;
  readonly outcome: string;
  readonly reason: string;
  readonly status: number | null;
  readonly attempts: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly settled_ms: number;
}

interface RowOfReach {
  readonly stage: string;
  readonly topic: string;
  readonly partition: number;
  readonly from_offset: number;
  readonly to_offset: number;
  readonly read_until_ms: number;
}

/** All that ClickHouse knows of an event; null where that is nothing. By its own id, or by that of its dead letter. */
export async function readFacts(warehouse: Warehouse, id: string): Promise<Facts | null> {
  const own = await readOwn(warehouse, id);
  if (own !== null) return completed(warehouse, id, own);
  const [owner] = await warehouse.rows<{ event_id: string }>(ownerQuestion(id));
  if (owner === undefined) return null;
  const its = await readOwn(warehouse, owner.event_id);
  return its === null ? null : completed(warehouse, owner.event_id, its);
}

type Own = Pick<Facts, 'rows' | 'notes' | 'notesLeftOut'>;

async function readOwn(warehouse: Warehouse, id: string): Promise<Own | null> {
  const [rows, notes] = await Promise.all([
    warehouse.rows<RowOfRows>(rowsQuestion(id)),
    warehouse.rows<RowOfNotes>(notesQuestion(id)),
  ]);
  if (rows.length + notes.length === 0) return null;
  const notesLeftOut = (notes[0]?.total ?? 0) - notes.length;
  return { rows: rows.map(toStoredRow), notes: notes.map(toNote), notesLeftOut };
}

async function completed(warehouse: Warehouse, eventId: string, own: Own): Promise<Facts> {
  const ledgerRows = readLedger(warehouse, placesOf(own));
  const [ledger, counted, applied, deliveries] = await Promise.all([
    ledgerRows,
    Promise.all(own.rows.map((row) => readCounted(warehouse, row))),
    ledgerRows.then((found) => Promise.all(own.rows.map((row) => readApplied(warehouse, row, found)))),
    warehouse.rows<RowOfDeliveries>(deliveriesQuestion(eventId)),
  ]);
  return {
    ...{ eventId, ...own, ledger },
    counted: counted.flat(),
    applied: applied.flat(),
    deliveries: deliveries.map(toReceipt),
  };
}

/** Where the event lay. Of what was passed on and is not stored, where the loader would find it: at the end. */
function placesOf(own: Own): Place[] {
  const places = journeysOf(own).flatMap(({ raw, clean }) => {
    const topic = clean === null && raw !== null ? cleanOf(raw.topic) : null;
    const next =
      topic === null || raw === null
        ? null
        : { topic, partition: raw.partition, offset: Number.MAX_SAFE_INTEGER };
    return [raw, clean, next].filter((place) => place !== null);
  });
  return [...new Map(places.map((p) => [`${p.topic}/${p.partition}/${p.offset}`, p])).values()];
}

async function readLedger(warehouse: Warehouse, places: readonly Place[]): Promise<Ledger[]> {
  if (places.length === 0) return [];
  const [runs, reaches] = await Promise.all([
    warehouse.rows<RowOfRuns>(runsQuestion(places)),
    warehouse.rows<RowOfReach>(reachQuestion(places)),
  ]);
  return reaches.flatMap(({ stage, topic, partition, ...reach }) =>
    places
      .filter((place) => place.topic === topic && place.partition === partition)
      .map((place): Ledger => {
        const run = runs.find(
          (r) =>
            r.stage === stage && r.topic === topic && r.partition === partition && r.place === place.offset,
        );
        return {
          stage,
          place,
          run: run === undefined ? null : toRun(run),
          fromOffset: reach.from_offset,
          toOffset: reach.to_offset,
          readUntilMs: reach.read_until_ms,
        };
      }),
  );
}

const toReceipt = ({ topic, partition, offset, settled_ms, ...receipt }: RowOfDeliveries): Receipt => ({
  ...receipt,
  place: { topic, partition, offset },
  settledMs: settled_ms,
});

const toRun = (row: Omit<RowOfRuns, 'stage' | 'topic' | 'partition' | 'place'>): Run => ({
  entryId: row.entry_id,
  instance: row.instance,
  firstOffset: row.first_offset,
  nextOffset: row.next_offset,
  writtenMs: row.written_ms,
  published: row.published,
});

async function readCounted(warehouse: Warehouse, row: StoredRow): Promise<CountedRow[]> {
  if (row.window === null) return [];
  const [found] = await warehouse.rows<
    WindowFields & { topic: string; partition: number; offset: number; snapshot_ms: number }
  >(countedQuestion(row.clean, row.window));
  if (found === undefined) return [];
  const { topic, partition, offset, snapshot_ms: snapshotMs } = found;
  return [{ clean: row.clean, window: toWindow(found), place: { topic, partition, offset }, snapshotMs }];
}

async function readApplied(
  warehouse: Warehouse,
  row: StoredRow,
  ledger: readonly Ledger[],
): Promise<AppliedRun[]> {
  const { topic, partition, offset } = row.clean;
  const told = ledger.find(
    ({ stage, place }) =>
      stage === FUNNELS && place.topic === topic && place.partition === partition && place.offset === offset,
  );
  if (told?.run == null || told.run.published === 0) return [];
  const [found] = await warehouse.rows<RowOfRuns>(appliedQuestion(row.clean, told.run, row.receivedMs));
  const run = found === undefined ? null : toRun(found);
  return [{ clean: row.clean, topic: 'subject.behaviour', partition, run }];
}

function toStoredRow(row: RowOfRows): StoredRow {
  return {
    table: row.table,
    clean: { topic: row.topic, partition: row.partition, offset: row.offset },
    sourceOffset: row.source_offset < 0 ? null : row.source_offset,
    receivedMs: row.received_ms,
    hasSubject: Boolean(row.has_subject),
    window: row.table === 'ai_requests' ? toWindow(row) : null,
  };
}

function toNote(row: RowOfNotes): Note {
  const { topic, partition, offset } = row;
  return {
    stage: row.stage,
    kind: row.kind as NoteKind,
    reason: row.reason,
    place: topic === null || partition === null || offset === null ? null : { topic, partition, offset },
    types: row.types,
    paths: row.paths,
    notedMs: row.noted_ms,
    deadLetterId: row.dead_letter_id,
  };
}

function toWindow({ window_ms: startMs, ...fields }: WindowFields) {
  const { model_name, model_version, provider, experiment_id, variant } = fields;
  return { model_name, model_version, provider, experiment_id, variant, startMs };
}
