import type { RecordOf, TopicName } from '@fineprint/topology';
import type { InputRecord } from './ports.ts';

/**
 * What becomes of a record: exactly one of these. Names of drops and codes of dead letters are stable; metrics and the
 * ledger count them.
 */
export type Outcome<Out extends TopicName> =
  | {
      [T in Out]: {
        readonly type: 'emit';
        readonly to: T;
        readonly key: string | null;
        readonly record: RecordOf<T>;
        /** What was taken out of it, for the event's note. */
        readonly scrubbed?: readonly Scrubbed[];
        readonly headers?: OwnHeaders;
      };
    }[Out]
  /** The original bytes go on, unchanged. */
  | {
      readonly type: 'redirect';
      readonly to: Out;
      readonly key: string | null;
      readonly headers?: OwnHeaders;
    }
  | { readonly type: 'drop'; readonly reason: string }
  | Refusal;

/** What the stage says of the record beside its value. */
type OwnHeaders = Readonly<Record<string, string>>;

/** What was taken out of a record, and where it stood. Never a value; names that were personal stand as what replaced them. */
export interface Scrubbed {
  readonly type: string;
  readonly path: string;
}

/** Kept with its bytes and the reason. The message must hold no value of the record. */
export interface Refusal {
  readonly type: 'dead-letter';
  readonly code: string;
  readonly message: string;
  readonly path?: string;
}

/** A record with its place and its decoded value. */
export interface DecodedRecord<T extends TopicName> {
  readonly topic: T;
  readonly partition: number;
  readonly input: InputRecord;
  readonly record: RecordOf<T>;
}
