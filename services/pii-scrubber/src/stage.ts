import type { Scrubber } from '@fineprint/pii';
import type { DecodedRecord, Outcome, Refusal, Stage } from '@fineprint/stream-runtime';
import type { InputOf, OutputOf, RecordOf } from '@fineprint/topology';
import { boundTime, type TimeBounds } from './bound-time.ts';
import { type Consented, type ConsentStep, NO_CONSENT } from './consent/consent-step.ts';
import { type DedupIndex, isDuplicate, type Place } from './dedup-index.ts';
import { type Scrubbed, scrubRecord } from './scrub-record.ts';
import { refusalOf } from './validate-record.ts';

type Node = 'pii-scrubber';
type Input = InputOf<Node>;

/** What is known of a record before it is processed. */
export type Fact =
  | { readonly refusal: Refusal }
  | { readonly refusal: null; readonly owner: Place; readonly consented: Consented | null };

export interface ScrubberStageOptions {
  readonly index: DedupIndex;
  /** Null where detection is switched off (ENABLE_PII_DETECTION=false). */
  readonly scrubber: Scrubber | null;
  readonly timeBounds: TimeBounds;
  /** Left out where what was decided stands: in a replay. */
  readonly consent?: ConsentStep;
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
      if (isDuplicate(fact.owner, placeOf(decoded))) return { type: 'drop', reason: 'duplicate_event_id' };
      if (fact.consented?.mayStore === false) return { type: 'drop', reason: NO_CONSENT };
      const bound = boundTime(decoded.record, decoded.input.timestampMs, options.timeBounds);
      const { record, places } = scrub(decoded.topic, bound);
      const key = subjectOf(record);
      const headers = fact.consented?.headers ?? null;
      if (record === decoded.record)
        return headers === null ? { type: 'redirect', to, key } : { type: 'redirect', to, key, headers };
      const said = headers === null ? {} : { headers };
      // An edge's input and output share their schema (validate.ts of the topology keeps it so), so R fits `to`.
      return { type: 'emit', to, key, record, scrubbed: places, ...said } as Outcome<OutputOf<Node, I>>;
    };

  return {
    node: 'pii-scrubber',
    createState: () => null,
    async lookup(batch, at) {
      const refusals = batch.map(({ record }) => refusalOf(record));
      const valid = batch.filter((_, i) => refusals[i] === null);
      const claims = valid.map((d) => ({ id: d.record.event_id.toLowerCase(), place: placeOf(d) }));
      const [owners, consented] = await Promise.all([
        options.index.claim(claims),
        options.consent?.judge(valid, at) ?? null,
      ]);
      let next = 0;
      return refusals.map((refusal): Fact => {
        if (refusal !== null) return { refusal };
        const fact = { refusal, owner: owners[next] as Place, consented: consented?.[next] ?? null };
        next++;
        return fact;
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

/** Whom a record is about; order holds per subject. */
function subjectOf(record: RecordOf<Input>): string {
  return record.user_id ?? record.anonymous_id ?? record.event_id;
}
