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
        readonly key: RecordKey;
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
      readonly key: RecordKey;
      /** Other bytes in place of the original: framed, in today's schema of both topics, and no larger than they take. */
      readonly value?: Buffer;
      readonly headers?: OwnHeaders;
    }
  | { readonly type: 'drop'; readonly reason: string }
  | Refusal;

/** Bytes may be a view of the input's. */
export type RecordKey = string | Buffer | null;

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
  /** Decoded when it is first asked for, where a glance told enough. */
  readonly record: RecordOf<T>;
}

/** A record that a stage may have told enough of by its bytes alone. */
export interface GlancedRecord<T extends TopicName, Glance> extends DecodedRecord<T> {
  /** Null where it had to be decoded. */
  readonly glance: Glance | null;
}
