/** What may be wrong with the books. Stable: alerts, scripts and docs/audit.md name these. */
export type FindingCode =
  | 'ledger_record_lost' // a record of pipeline.ledger is not in its table
  | 'entry_lost' // a number of an instance's entries is missing
  | 'not_accounted' // no entry speaks for these offsets
  | 'expired_unread' // the same, and Kafka has deleted the records
  | 'entry_unbalanced' // an entry's endings are not what it took
  | 'row_missing' // a store lacks a row that was stored
  | 'row_double' // a store has a row more than once
  | 'rows_differ' // as many rows as stored, but other events
  | 'not_stored' // emitted by one stage, and not in the store though its loader has passed it
  | 'not_emitted' // in the store, and not emitted
  | 'readers_differ' // two readers of a topic took different records
  | 'claim_lost' // acknowledged to a producer, and not there
  | 'metrics_differ' // aggregates count other requests than were applied
  | 'unconfirmed'; // there, and no writer says that Kafka confirmed it

/** `gap`: something is lost, double, or cannot be shown not to be. `notice`: nothing is wrong with the data. */
export type Severity = 'gap' | 'notice';

export interface NamedRecord {
  readonly offset: number;
  readonly eventId: string | null;
  /** How often it is there. */
  readonly times: number;
}

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  readonly stage: string;
  readonly topic: string;
  readonly partition: number;
  readonly fromOffset: number;
  readonly toOffset: number;
  /** How many records it is about; null where nobody can know. */
  readonly records: number | null;
  /** Where rows are concerned. */
  readonly table: string | null;
  readonly named: readonly NamedRecord[];
  readonly message: string;
  readonly hint: string;
}

type Place = Pick<Finding, 'stage' | 'topic' | 'partition'>;

export const gap = (
  code: FindingCode,
  { stage, topic, partition }: Place,
  rest: Pick<Finding, 'fromOffset' | 'toOffset' | 'message' | 'hint'> & Partial<Finding>,
): Finding => ({
  records: null,
  table: null,
  named: [],
  severity: 'gap',
  ...rest,
  code,
  stage,
  topic,
  partition,
});

/** The same gap has the same key each time it is found, however its end moves. */
export const keyOfFinding = (f: Finding): string =>
  JSON.stringify([f.code, f.stage, f.topic, f.partition, f.fromOffset]);
