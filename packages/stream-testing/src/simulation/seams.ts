import type { ConsentStep } from '@fineprint/pii-scrubber/consent';
import type { DedupIndex } from '@fineprint/pii-scrubber/dedup';
import type { LoadStore } from '@fineprint/postgres-loader/load-store';
import type { SubjectBook } from '@fineprint/privacy';
import type { DestinationClient } from '@fineprint/sink-forwarder/client';
import type { LoadSession } from '@fineprint/snowflake-loader/load-session';
import type { GroupConsumer, RecordWriter, Sink, SnapshotReader } from '@fineprint/stream-runtime';
import type { SimulatedNode } from './plan.ts';
import type { SimClickHouseClient } from './sim-clickhouse.ts';
import type { SimProcess } from './sim-process.ts';

type ConsentEnds = () => Promise<readonly { readonly partition: number; readonly high: number }[]>;

/** Where a mutation may come between a shell and its ports. The simulator itself puts nothing there. */
export interface Seams {
  consumer(consumer: GroupConsumer, node: SimulatedNode, process: SimProcess): GroupConsumer;
  writer(writer: RecordWriter, node: SimulatedNode, process: SimProcess): RecordWriter;
  snapshotReader(reader: SnapshotReader): SnapshotReader;
  sink(sink: Sink<'warehouse-loader'>): Sink<'warehouse-loader'>;
  clickhouse(client: SimClickHouseClient): SimClickHouseClient;
  loadStore(store: LoadStore): LoadStore;
  loadSession<Session extends LoadSession>(session: Session): Session;
  dedup(index: DedupIndex): DedupIndex;
  consent(step: ConsentStep): ConsentStep;
  consentEnds(ends: ConsentEnds): ConsentEnds;
  subjects(book: SubjectBook): SubjectBook;
  destination(client: DestinationClient): DestinationClient;
}

export const NO_SEAMS: Seams = {
  consumer: (consumer) => consumer,
  writer: (writer) => writer,
  snapshotReader: (reader) => reader,
  sink: (sink) => sink,
  clickhouse: (client) => client,
  loadStore: (store) => store,
  loadSession: (session) => session,
  dedup: (index) => index,
  consent: (step) => step,
  consentEnds: (ends) => ends,
  subjects: (book) => book,
  destination: (client) => client,
};
