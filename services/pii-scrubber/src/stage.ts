import type { Known, Mention, SubjectBook } from '@fineprint/privacy';
import type { GlanceAt, GlancedRecord, Outcome, RecordKey, Refusal, Stage } from '@fineprint/stream-runtime';
import type { InputOf, OutputOf, RecordOf } from '@fineprint/topology';
import { boundTime, boundTimeMs, type TimeBounds } from './bound-time.ts';
import { type Consented, type ConsentStep, NO_CONSENT } from './consent/consent-step.ts';
import { createIdScrubber } from './consent/id-scrubber.ts';
import { type DedupIndex, isDuplicate, type Place } from './dedup-index.ts';
import { type Glance, seenOf } from './glance.ts';
import { glancesAt } from './glance-at.ts';
import type { RememberingScrubber } from './remember-ids.ts';
import { type Scrubbed, scrubRecord } from './scrub-record.ts';
import { refusalOf } from './validate-record.ts';
import { withIds } from './with-ids.ts';

type Node = 'pii-scrubber';
type Input = InputOf<Node>;
type Read<I extends Input = Input> = GlancedRecord<I, Glance>;

/** What is known of a record before it is processed. */
export type Fact =
  | { readonly refusal: Refusal }
  | {
      readonly refusal: null;
      /** Null where nothing is known beside the record. */
      readonly known: Known | null;
      /** Null of a record whose subject was erased. */
      readonly owner: Place | null;
      readonly consented: Consented | null;
    };

export interface ScrubberStageOptions {
  readonly index: DedupIndex;
  /** Null where detection is switched off (ENABLE_PII_DETECTION=false). */
  readonly scrubber: RememberingScrubber | null;
  readonly timeBounds: TimeBounds;
  /** Left out where what was decided stands: in a replay. */
  readonly consent?: ConsentStep;
  /** Who was erased, and what stands for ids; left out where neither is asked for. */
  readonly subjects?: SubjectBook;
  /** Told what was found, by type. */
  readonly onFindings: (topic: Input, findings: Readonly<Record<string, number>>) => void;
}

/** The only reader of raw topics: valid, not seen before, and without personal data, or named otherwise. */
export function createScrubberStage(options: ScrubberStageOptions): Stage<Node, null, Fact, Glance> {
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
    (_state: null, decoded: Read<I>, { fact }: { fact: Fact }): Outcome<OutputOf<Node, I>> => {
      if (fact.refusal !== null) return fact.refusal;
      const reason = dropReason(fact, decoded);
      if (reason !== null) return { type: 'drop', reason };
      const said = headersOf(fact);
      const { glance, input } = decoded;
      const passed = glance === null ? null : passedOn(glance, fact.known, input.key);
      if (passed !== null) return { type: 'redirect', to, ...passed, ...said };
      const bound = boundTime(decoded.record, input.timestampMs, options.timeBounds);
      const { record: scrubbed, places } = scrub(decoded.topic, bound);
      const record = fact.known?.is === 'known' ? withIds(scrubbed, fact.known) : scrubbed;
      const key = subjectOf(record);
      if (record === decoded.record) return { type: 'redirect', to, key, ...said };
      // An edge's input and output share their schema (validate.ts of the topology keeps it so), so R fits `to`.
      return { type: 'emit', to, key, record, scrubbed: places, ...said } as Outcome<OutputOf<Node, I>>;
    };

  return {
    node: 'pii-scrubber',
    createState: () => null,
    ...(scrubber === null ? {} : { glances: glancesWith(scrubber, options.timeBounds) }),
    async lookup(batch, at) {
      const refusals = batch.map((read) => (read.glance === null ? refusalOf(read.record) : null));
      const valid = batch.filter((_, i) => refusals[i] === null);
      const known = (await options.subjects?.lookup(() => valid.map((d) => mentionOf(d, options)))) ?? null;
      // What is erased must not own an id, nor be somebody's consent.
      const kept = known === null ? valid : valid.filter((_, i) => known[i]?.is !== 'erased');
      const claims = kept.map((d) => ({ id: seenOf(d).event_id.toLowerCase(), place: placeOf(d) }));
      const [owners, consented] = await Promise.all([
        options.index.claim(claims),
        options.consent?.judge(kept, at) ?? null,
      ]);
      const seen = { valid: 0, kept: 0 };
      return batch.map((_, i): Fact => {
        const refusal = refusals[i] ?? null;
        if (refusal !== null) return { refusal };
        const told = known?.[seen.valid++] ?? null;
        if (told?.is === 'erased') return { refusal, known: told, owner: null, consented: null };
        const n = seen.kept++;
        return { refusal, known: told, owner: owners[n] as Place, consented: consented?.[n] ?? null };
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

/** What consent updates say is stored beside them, so those are decoded. */
const glancesWith = (
  scrubber: RememberingScrubber,
  timeBounds: TimeBounds,
): Readonly<Partial<Record<Input, GlanceAt<Glance>>>> => ({
  'product.events.raw': glancesAt('product.events.raw', scrubber, timeBounds),
  'ai.requests.raw': glancesAt('ai.requests.raw', scrubber, timeBounds),
  'ai.feedback.raw': glancesAt('ai.feedback.raw', scrubber, timeBounds),
});

function headersOf({ consented }: Extract<Fact, { refusal: null }>) {
  const headers = consented?.headers ?? null;
  return headers === null ? {} : { headers };
}

/** A record of which only the ids may change, as bytes. Null where more has to. */
function passedOn(
  glance: Glance,
  known: Known | null,
  givenKey: Buffer | null,
): { readonly key: RecordKey; readonly value?: Buffer } | null {
  if (known?.is !== 'known') return { key: glance.subject(givenKey) };
  const { userId, anonymousId } = known;
  if (userId === glance.user_id && anonymousId === glance.anonymous_id)
    return { key: glance.subject(givenKey) };
  const value = glance.withIds(userId, anonymousId);
  return value === null ? null : { key: userId ?? anonymousId ?? glance.event_id, value };
}

/** By which rule a valid record ends here. */
function dropReason(fact: Extract<Fact, { refusal: null }>, decoded: Read): string | null {
  if (fact.owner === null) return 'erased';
  if (isDuplicate(fact.owner, placeOf(decoded))) return 'duplicate_event_id';
  return fact.consented?.mayStore === false ? NO_CONSENT : null;
}

const placeOf = ({ topic, partition, input }: Read): Place => ({
  topic,
  partition,
  offset: input.offset,
});

/**
 * Whom a record names, as the policy leaves their ids, and when it happened or came, whichever was earlier: a device that was
 * offline, a spool, a repeat or a dead letter brings late what happened before.
 */
function mentionOf(
  read: Read,
  { scrubber, timeBounds }: Pick<ScrubberStageOptions, 'scrubber' | 'timeBounds'>,
): Mention {
  const ids = createIdScrubber(scrubber);
  const { user_id, anonymous_id, event_time } = seenOf(read);
  const { timestampMs } = read.input;
  return {
    userId: ids.scrub('user_id', user_id),
    anonymousId: ids.scrub('anonymous_id', anonymous_id),
    atMs: Math.min(timestampMs, boundTimeMs(event_time, timestampMs, timeBounds)),
  };
}

/** Whom a record is about; order holds per subject. */
function subjectOf(record: RecordOf<Input>): string {
  return record.user_id ?? record.anonymous_id ?? record.event_id;
}
