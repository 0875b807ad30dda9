import { CONSENT_HEADER, type Standing, standingIn } from '@fineprint/consent';
import { categoryFor, type Fate, type MappedEvent, prepare } from '@fineprint/destinations';
import type { Delivery } from '@fineprint/schemas';
import type {
  Clock,
  DecodedRecord,
  Drop,
  Effect,
  EffectAttempt,
  EffectStage,
  Refusal,
} from '@fineprint/stream-runtime';
import { type ForwarderName, forwarderOf } from '@fineprint/topology';
import type { Delivered } from './deliver.ts';
import type { ResolveIds } from './resolve-ids.ts';
import type { Target } from './settings.ts';

const INPUT = 'product.events.clean';
const RECEIPTS = 'sinks.deliveries';

type Input = DecodedRecord<typeof INPUT>;

export interface ForwarderPorts {
  readonly target: Pick<Target, 'destination' | 'selection'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Left out where ids are as producers sent them. */
  readonly resolve?: ResolveIds;
  /** Resolves once each event has been taken or refused for good. */
  readonly deliver: (events: readonly MappedEvent[], attempt: EffectAttempt) => Promise<readonly Delivered[]>;
}

/** What became of a record: one of these, and a receipt that says so. */
interface Settled {
  readonly receipt: Pick<Delivery, 'outcome' | 'reason' | 'status' | 'attempts'>;
  readonly other: Drop | Refusal | null;
}

/** Clean events in, receipts out; the effect is what the destination has taken. */
export function createForwarderStage({
  target: { destination, selection },
  clock,
  resolve,
  deliver,
}: ForwarderPorts): EffectStage<ForwarderName, typeof INPUT> {
  const category = categoryFor(destination, selection);
  const standingOf = (stamp: unknown): Standing =>
    standingIn(stamp === undefined ? null : String(stamp), category);
  /** Only where their user said yes: of the others the destination learns a pseudonym. */
  const withIds = async (records: readonly Input[], standings: readonly Standing[]) => {
    const events = records.map(({ record }) => record);
    const granted = events.filter((_, i) => standings[i] === 'granted');
    if (resolve === undefined || granted.length === 0) return events;
    const resolved = await resolve(granted);
    let next = 0;
    return events.map((event, i) => (standings[i] === 'granted' ? (resolved[next++] ?? event) : event));
  };
  return {
    node: forwarderOf(destination.name),
    input: INPUT,
    admit: () => 'apply',
    async apply(records, attempt): Promise<Effect<typeof RECEIPTS>> {
      const settled = new Array<Settled>(records.length);
      const mapped: { readonly index: number; readonly event: MappedEvent }[] = [];
      const standings = records.map(({ input }) => standingOf(input.headers[CONSENT_HEADER]));
      const events = await withIds(records, standings);
      for (const [index, event] of events.entries()) {
        const prepared = prepare(destination, selection, event, standings[index]);
        if (prepared.is === 'mapped') mapped.push({ index, event: prepared.event });
        else settled[index] = prepared.is === 'dropped' ? dropped(prepared.reason) : TOO_LARGE;
      }
      const delivered = await deliver(
        mapped.map((m) => m.event),
        attempt,
      );
      for (const [i, { index }] of mapped.entries()) {
        const result = delivered[i];
        if (result === undefined) throw new Error('an event was sent, and nothing tells what became of it');
        settled[index] = toSettled(result);
      }
      const settledAtMs = clock.nowMs();
      return {
        emissions: records.map((record, i) => ({
          to: RECEIPTS,
          key: record.record.event_id,
          record: receiptOf(destination.name, record, settled[i] as Settled, settledAtMs),
        })),
        others: new Map(settled.flatMap(({ other }, i) => (other === null ? [] : [[i, other] as const]))),
      };
    },
  };
}

const receiptOf = (destination: string, at: Input, { receipt }: Settled, settledAtMs: number): Delivery => ({
  event_id: at.record.event_id,
  destination,
  ...receipt,
  topic: at.topic,
  partition: at.partition,
  offset: at.input.offset,
  settled_at: settledAtMs,
});

const dropped = (reason: string): Settled => ({
  receipt: { outcome: 'dropped', reason, status: null, attempts: 0 },
  other: { type: 'drop', reason },
});

function toSettled({ fate, status, attempts }: Delivered): Settled {
  if (fate.is === 'delivered')
    return { receipt: { outcome: 'delivered', reason: '', status, attempts }, other: null };
  return {
    receipt: { outcome: 'rejected', reason: fate.code, status, attempts },
    other: refusalOf(fate),
  };
}

const MESSAGES: Readonly<Record<Extract<Fate, { is: 'rejected' }>['code'], string>> = {
  invalid_event: 'the destination refuses the event',
  invalid_field: 'the destination refuses a field of the event',
  missing_field: 'the destination misses a field of the event',
  invalid_id: 'the destination does not take the user or device id',
  quota_exceeded: "the user or device has used up the destination's daily quota",
  event_too_large: 'the event is larger than the destination takes',
};

/** In our words: a vendor's message may hold values of the event. */
function refusalOf({ code, path }: Extract<Fate, { is: 'rejected' }>): Refusal {
  const refusal = { type: 'dead-letter', code, message: MESSAGES[code] } as const;
  return path === undefined ? refusal : { ...refusal, path };
}

const TOO_LARGE: Settled = {
  receipt: { outcome: 'rejected', reason: 'event_too_large', status: null, attempts: 0 },
  other: refusalOf({ is: 'rejected', code: 'event_too_large' }),
};
