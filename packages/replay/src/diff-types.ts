/** An example of a row that differs: where, never what. */
export interface RowExample {
  readonly event_id: string;
  readonly partition: number;
  readonly source_offset: number;
  readonly kind: 'changed' | 'removed' | 'kept';
  /** Columns, and the places within those that hold JSON. */
  readonly paths: readonly string[];
}

/** How a table's rows of the range compare with what the current code makes of the same records. */
export interface TableDiff {
  readonly table: string;
  /** Live rows of the range. */
  readonly rows: number;
  readonly unchanged: number;
  readonly changed: number;
  /** Refused or dropped by the current code. */
  readonly removed: number;
  /** Would be removed too, but a partition's newest row is the loader's position: it stays. */
  readonly kept: number;
  /** Made by the current code, but no longer (or not yet) in the store; never added. */
  readonly not_stored: number;
  /** Live rows whose raw record Kafka no longer has. */
  readonly not_replayed: number;
  readonly columns: readonly { readonly column: string; readonly rows: number }[];
  readonly examples: readonly RowExample[];
}

/** Records that end otherwise than they did. */
export interface OutcomeChange {
  readonly topic: string;
  readonly before: string;
  readonly before_code: string;
  readonly after: string;
  readonly after_code: string;
  readonly records: number;
  readonly examples: readonly string[];
}

export interface MetricChange {
  readonly table: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
}

/** What a promotion leaves as it is. */
export interface DerivedEffect {
  readonly node: string;
  readonly topic: string;
  /** Rows with a change that shows in it. */
  readonly rows: number;
  readonly differs: boolean;
}

export interface Diff {
  readonly tables: readonly TableDiff[];
  readonly outcomes: readonly OutcomeChange[];
  readonly newly_dead_lettered: number;
  readonly newly_dropped: number;
  /** Were in the dead letter, and would pass now. Brought in by `dlq replay`, not by a promotion. */
  readonly newly_accepted: number;
  readonly metrics: readonly MetricChange[];
  readonly metrics_left_out: number;
  /** In how many events something was found, by type: then (by the notes of the stage) and by the current code. */
  readonly findings: readonly { readonly type: string; readonly before: number; readonly after: number }[];
  /** Placeholders that stand in the rows that change, by type. */
  readonly placeholders: readonly {
    readonly type: string;
    readonly before: number;
    readonly after: number;
  }[];
  readonly derived: readonly DerivedEffect[];
  readonly run: { readonly records: number; readonly seconds: number; readonly per_second: number };
}
