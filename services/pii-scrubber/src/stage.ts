import type { Scrubber } from '@fineprint/pii';
import type { Known, Mention, SubjectBook } from '@fineprint/privacy';
import type { DecodedRecord, Outcome, Refusal, Stage } from '@fineprint/stream-runtime';
import type { InputOf, OutputOf, RecordOf } from '@fineprint/topology';
import { boundTime, type TimeBounds } from './bound-time.ts';
import { type DedupIndex, isDuplicate, type Place } from './dedup-index.ts';
import { type Scrubbed, scrubRecord } from './scrub-record.ts';
import { refusalOf } from './validate-record.ts';
import { withIds } from './with-ids.ts';

type Node = 'pii-scrubber';
type Input = InputOf<Node>;

/** What is known of a record before it is processed. */
export type Fact =
  | { readonly refusal: Refusal }
  | { readonly refusal: null; readonly known: Known | null; readonly owner: Place | null };

export interface ScrubberStageOptions {
  readonly index: DedupIndex;
  /** Null where detection is switched off (ENABLE_PII_DETECTION=false). */
  readonly scrubber: Scrubber | null;
  readonly timeBounds: TimeBounds;
  /** Who was erased, and what stands for ids; left out where neither is asked for. */
  readonly subjects?: SubjectBook;
  /** Told what was found, by type. */
  readonly onFindings: (topic: Input, findings: Readonly<Record<string, number>>) => void;
}

/** The only reader of raw topics: valid, not seen before, and without personal data, or named otherwise. */
export function createScrubberStage(options: ScrubberStageOptions): Stage<Node, null, Fact> {
  const { scrubber } = options;

  const scrub = <I extends Input>(
    topic: I,
    given: RecordOf<I>,
  ): Pick<Scrubbed<RecordOf<I>>, 'record' | 'places'> => {
    if (scrubber === null) return { record: given, places: [] };
    const scrubbed = scrubRecord<RecordOf<I>>(scrubber, given);
    options.onFindings(topic, scrubbed.findings);
    return scrubbed;
  };

  const scrubTo =
    <I extends Input>(to: OutputOf<Node, I>) =>
    (_state: null, decoded: DecodedRecord<I>, { fact }: { fact: Fact }): Outcome<OutputOf<Node, I>> => {
      if (fact.refusal !== null) return fact.refusal;
      if (fact.owner === null) return { type: 'drop', reason: 'erased' };
      if (isDuplicate(fact.owner, placeOf(decoded))) return { type: 'drop', reason: 'duplicate_event_id' };
      const bound = boundTime(decoded.record, decoded.input.timestampMs, options.timeBounds);
      const { record: scrubbed, places } = scrub(decoded.topic, bound);
      const record = fact.known?.is === 'known' ? withIds(scrubbed, fact.known) : scrubbed;
      const key = subjectOf(record);
      if (record === decoded.record) return { type: 'redirect', to, key };
      // An edge's input and output share their schema (validate.ts of the topology keeps it so), so R fits `to`.
      return { type: 'emit', to, key, record, scrubbed: places } as Outcome<OutputOf<Node, I>>;
    };

  return {
    node: 'pii-scrubber',
    createState: () => null,
    async lookup(batch) {
      const refusals = batch.map(({ record }) => refusalOf(record));
      const valid = batch.filter((_, i) => refusals[i] === null);
      // Before the claims: what is erased must not own an id.
      const known = (await options.subjects?.lookup(valid.map((d) => mentionOf(d, options)))) ?? null;
      const kept = valid.filter((_, i) => known?.[i]?.is !== 'erased');
      const owners = await options.index.claim(
        kept.map((d) => ({ id: d.record.event_id.toLowerCase(), place: placeOf(d) })),
      );
      const ownerOf = new Map(kept.map((decoded, i) => [decoded, owners[i] as Place]));
      let next = 0;
      return batch.map((decoded, i): Fact => {
        const refusal = refusals[i] ?? null;
        if (refusal !== null) return { refusal };
        return { refusal, known: known?.[next++] ?? null, owner: ownerOf.get(decoded) ?? null };
      });
    },
    process: {
      'product.events.raw': scrubTo<'product.events.raw'>('product.events.clean'),
      'ai.requests.raw': scrubTo<'ai.requests.raw'>('ai.requests.clean'),
      'ai.feedback.raw': scrubTo<'ai.feedback.raw'>('ai.feedback.clean'),
      'consent.updates': scrubTo<'consent.updates'>('consent.clean'),
    },
  };
}

const placeOf = ({ topic, partition, input }: DecodedRecord<Input>): Place => ({
  topic,
  partition,
  offset: input.offset,
});

/**
 * Whom a record names, as the policy leaves their ids, and when it happened or came, whichever was earlier: a device that was
 * offline, a spool, a repeat or a dead letter brings late what happened before.
 */
function mentionOf(
  { record, input }: DecodedRecord<Input>,
  { scrubber, timeBounds }: Pick<ScrubberStageOptions, 'scrubber' | 'timeBounds'>,
): Mention {
  const idOf = (path: 'user_id' | 'anonymous_id') => {
    const id = record[path];
    return id === null || scrubber === null ? id : scrubber.scrubValue<string>(id, { path }).value;
  };
  const { event_time: happenedMs } = boundTime(record, input.timestampMs, timeBounds);
  return {
    userId: idOf('user_id'),
    anonymousId: idOf('anonymous_id'),
    atMs: Math.min(input.timestampMs, happenedMs),
  };
}

/** Whom a record is about; order holds per subject. */
function subjectOf(record: RecordOf<Input>): string {
  return record.user_id ?? record.anonymous_id ?? record.event_id;
}
