/** A place in Kafka. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** What metrics an AI request is counted into. */
export interface SeriesWindow {
  readonly model_name: string;
  readonly model_version: string;
  readonly provider: string;
  readonly experiment_id: string;
  readonly variant: string;
  readonly startMs: number;
}

/** A row of the event in a store. */
export interface StoredRow {
  readonly table: string;
  /** Its place in the clean topic. */
  readonly clean: Place;
  /** Of the raw record it was made from, in the partition of the same number; null where there was none. */
  readonly sourceOffset: number | null;
  readonly receivedMs: number;
  /** Whether it names a user or a device. */
  readonly hasSubject: boolean;
  /** Null of anything but an AI request. */
  readonly window: SeriesWindow | null;
}

export type NoteKind = 'dropped' | 'dead_lettered' | 'scrubbed';

/** Something out of the ordinary that happened to the event at one stage. */
export interface Note {
  readonly stage: string;
  readonly kind: NoteKind;
  readonly reason: string;
  /** Null where it came over HTTP. */
  readonly place: Place | null;
  readonly types: readonly string[];
  readonly paths: readonly string[];
  readonly notedMs: number;
  /** Null where it follows from more than the place. */
  readonly deadLetterId: string | null;
}

/** The run of records that a place lay in, as a stage tells it. Of several that cover it, the one that reaches farthest. */
export interface Run {
  readonly entryId: string;
  readonly instance: string;
  readonly firstOffset: number;
  readonly nextOffset: number;
  readonly writtenMs: number;
  /** Records that the stage published from this run. */
  readonly published: number;
}

/** What a stage's ledger says of one place. */
export interface Ledger {
  readonly stage: string;
  readonly place: Place;
  /** Null where no run covers it. */
  readonly run: Run | null;
  /** From where to where the stage's entries reach in this partition. */
  readonly fromOffset: number;
  readonly toOffset: number;
  /** When the newest record that the stage has read here was received. */
  readonly readUntilMs: number;
}

/** A row of metrics that counts the request. */
export interface CountedRow {
  readonly clean: Place;
  readonly window: SeriesWindow;
  /** Its place in the metrics' topic. */
  readonly place: Place;
  readonly snapshotMs: number;
}

/** That the states which funnel-builder made of a place were applied. */
export interface AppliedRun {
  readonly clean: Place;
  readonly topic: string;
  readonly partition: number;
  /** Null where they were not yet read. */
  readonly run: Run | null;
}

/** What became of the event at a destination. */
export interface Receipt {
  readonly destination: string;
  readonly outcome: string;
  readonly reason: string;
  readonly status: number | null;
  readonly attempts: number;
  /** Where the record lay that was forwarded. */
  readonly place: Place;
  readonly settledMs: number;
}

/** All that ClickHouse knows of an event. */
export interface Facts {
  readonly eventId: string;
  readonly rows: readonly StoredRow[];
  readonly notes: readonly Note[];
  /** Notes beyond as many as are read. */
  readonly notesLeftOut: number;
  readonly ledger: readonly Ledger[];
  readonly counted: readonly CountedRow[];
  readonly applied: readonly AppliedRun[];
  /** The last of each destination and record. */
  readonly deliveries: readonly Receipt[];
}
