import type { ConsentRecord } from '@fineprint/consent';

/** A consent as it is kept: what verdicts need, and what proves it. Without personal data beyond the subject's ids. */
export interface StoredConsent extends ConsentRecord {
  readonly categories: Readonly<Record<string, boolean>>;
  readonly method: string | null;
  readonly policyVersion: string | null;
  readonly source: string;
  /** A JSON object. */
  readonly properties: string;
  readonly offset: number;
}

/** Per partition of consent.updates: up to where its records are in the store. A partition that is not there is at 0. */
export type Positions = ReadonlyMap<number, number>;

/** A stretch of a partition, all of whose valid records are given. */
export interface Stretch {
  readonly partition: number;
  readonly from: number;
  /** One past its last record. */
  readonly to: number;
}

export interface Question {
  /** Where the asker's knowledge ends. */
  readonly known: Positions;
  readonly users: readonly string[];
  readonly devices: readonly string[];
}

/** Everything of one moment. */
export interface Told {
  readonly positions: Positions;
  /** What came behind `known`; null where that is too much to tell. */
  readonly news: readonly ConsentRecord[] | null;
  /** Of the users and devices that were asked for; one without records is not there. */
  readonly users: ReadonlyMap<string, readonly ConsentRecord[]>;
  readonly devices: ReadonlyMap<string, readonly ConsentRecord[]>;
}

/** The truth about consent. Rejects with a retriable StreamError when away. Every call may be made again. */
export interface ConsentStore {
  /** Keeps each record once, and moves the partition's position to the stretch's end if it has come to its beginning. */
  record(stretch: Stretch, records: readonly StoredConsent[]): Promise<void>;
  positions(): Promise<Positions>;
  /** Every record, in pages. */
  eachRecord(onRecords: (records: readonly ConsentRecord[]) => void): Promise<void>;
  ask(question: Question): Promise<Told>;
}
