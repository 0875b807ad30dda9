import type { DeadLetter } from '@fineprint/schemas';
import type { Letter, LetterPlace } from './letter.ts';

/** Why a letter does not go back. Stable. */
export type RefusalReason =
  | 'rebuild_instead' // its stage's state is "as of" an offset; one record out of order would break that
  | 'no_way_back' // a stage that this version knows no way back to
  | 'no_source' // it does not say where it came from
  | 'bytes_cut_short' // the gateway kept only the beginning of a very large body
  | 'other_source' // the write key is another producer's: its events would be others
  | 'no_gateway' // the gateway does not run, or there is no write key
  | 'refused_again' // the gateway said no once more
  | 'record_too_large' // its topic does not take it
  | 'expired'; // Kafka has let go of it meanwhile

/** A letter with its bytes. */
export interface FullLetter {
  readonly record: DeadLetter;
  readonly at: LetterPlace;
  /** The id of the first letter about the same record. */
  readonly rootId: string;
}

/** What became of one letter. */
export type Sent = 'replayed' | RefusalReason;

/** How a stage gets back what it refused, so that nothing counts twice however often that happens. */
export interface ReplayWay {
  /** Why not, as far as can be told without the bytes; null where it can go. */
  refusalOf(letter: Letter): RefusalReason | null;
  /** Resolves once what was sent is acknowledged: one answer per letter. Rejects where Kafka or the gateway is away. */
  send(letters: readonly FullLetter[]): Promise<readonly Sent[]>;
}

/** What to do about a letter that does not go back. */
export const REFUSAL_HELP: Readonly<Record<RefusalReason, string>> = {
  rebuild_instead: 'its stage keeps state "as of" an offset: rebuild it instead, see docs/dead-letters.md',
  no_way_back: 'this version knows no way back to its stage: send the event again at its producer',
  no_source: 'it does not say where it came from: send the event again at its producer',
  bytes_cut_short: 'only the beginning of the body was kept: send it again at its producer',
  other_source: "another producer's write key is needed: --write-key (dlq list says which source)",
  no_gateway: 'start the gateway, or say where it is: --url and --write-key',
  refused_again: 'its cause is not mended',
  record_too_large:
    'with the header that a replay adds its topic does not take it: send it again at its producer',
  expired: 'Kafka has let go of it: send the event again at its producer',
};

/** Of stages that take nothing back. */
export const refuseAll = (reason: RefusalReason): ReplayWay => ({
  refusalOf: () => reason,
  send: (letters) => Promise.resolve(letters.map(() => reason)),
});
