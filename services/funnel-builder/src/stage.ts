import type { DefinitionWatch } from '@fineprint/definitions';
import { type ErasedList, type SubjectId, subjectOfName } from '@fineprint/privacy';
import type { ProductEvent } from '@fineprint/schemas';
import { type SnapshotStage, StreamError } from '@fineprint/stream-runtime';
import { countHistory } from './count-history.ts';
import { PartitionState } from './partition-state.ts';
import type { CountedDefinition } from './tracked-definition.ts';

export interface HistoryCounted {
  readonly partition: number;
  readonly definitions: number;
  readonly records: number;
  readonly durationMs: number;
}

export interface FunnelStageOptions {
  readonly definitions: Pick<DefinitionWatch<'funnel' | 'cohort'>, 'current' | 'refresh'>;
  /** What a partition's states may take up. */
  readonly limitBytes: number;
  readonly nowMs: () => number;
  /** Told of states that found no room. */
  readonly onRefused: (states: number) => void;
  readonly onState: (
    partition: number,
    held: { readonly states: number; readonly bytes: number; readonly definitions: number },
  ) => void;
  readonly onHistory: (counted: HistoryCounted) => void;
  /** Who was erased; left out where nobody can tell. */
  readonly erased?: ErasedList;
}

interface State {
  readonly partition: number;
  readonly held: PartitionState;
  /** The version of the list of the erased that was heeded. */
  heeded: number;
}

export type FunnelStage = SnapshotStage<
  'funnel-builder',
  'product.events.clean',
  'subject.behaviour',
  State,
  undefined
>;

/** Events in, what they say about each raw subject out. */
export function createFunnelStage(options: FunnelStageOptions): FunnelStage {
  const { definitions, nowMs, erased } = options;
  const isErased = (event: ProductEvent, receivedMs: number) => mentionsErased(erased, event, receivedMs);
  return {
    node: 'funnel-builder',
    input: 'product.events.clean',
    snapshots: 'subject.behaviour',
    createState: (partition) => ({ partition, held: new PartitionState(options.limitBytes), heeded: 0 }),
    restore: ({ held }, snapshot) => held.restore(snapshot),
    forget: ({ held }, key) => held.forget(key),
    async prepare(state, history) {
      const { partition, held } = state;
      await erased?.refresh();
      const inForce = await definitionsFor(held, definitions);
      if (held.follows(inForce)) return forgetErased(state, erased, nowMs());
      const startedMs = nowMs();
      const missing = held.missing(inForce);
      const counted =
        missing.length === 0 ? null : await countHistory(missing, history, held.budget, isErased);
      const about = JSON.stringify({ records: counted?.records ?? 0, fromMs: counted?.fromMs ?? null });
      held.follow(
        inForce,
        (counted?.tracked ?? []).map((tracked) => ({ tracked, about })),
      );
      if (counted !== null) {
        const { records, refused } = counted;
        if (refused > 0) options.onRefused(refused);
        options.onHistory({
          partition,
          definitions: missing.length,
          records,
          durationMs: nowMs() - startedMs,
        });
      }
      forgetErased(state, erased, nowMs());
      return true;
    },
    lookup: (batch) => Promise.resolve(batch.map(() => undefined)),
    apply({ held }, { input, record }) {
      if (isErased(record, input.timestampMs)) return { type: 'drop', reason: 'erased' };
      const refused = held.count(record, input.offset);
      if (refused === null) return { type: 'drop', reason: 'no_subject' };
      if (refused > 0) options.onRefused(refused);
      return 'applied';
    },
    takeSnapshots({ partition, held }, asOf) {
      const taken = held.takeSnapshots(asOf);
      if (taken.length === 0) {
        const { states, budget, definitions: count } = held;
        options.onState(partition, { states, bytes: budget.usedBytes, definitions: count });
      }
      return taken;
    },
  };
}

/** Whether an event of before names somebody who was erased since: a history that is counted anew must not bring them back. */
function mentionsErased(
  erased: ErasedList | undefined,
  { user_id: user, anonymous_id: anonymous, event_time: happenedMs }: ProductEvent,
  receivedMs: number,
): boolean {
  if (erased === undefined) return false;
  const atMs = Math.min(happenedMs, receivedMs);
  return (
    (user !== null && erased.isErased({ kind: 'user', id: user }, atMs)) ||
    (anonymous !== null && erased.isErased({ kind: 'anonymous', id: anonymous }, atMs))
  );
}

/** Who was erased before that is in no snapshot any more, and what they did since is theirs. */
const RECENT_MS = 600_000;

/** Lets go of whoever was erased just now. What they do later begins anew. */
function forgetErased(state: State, erased: ErasedList | undefined, nowMs: number): boolean {
  if (erased === undefined || state.heeded === erased.version()) return false;
  state.heeded = erased.version();
  const isGone = (id: SubjectId | null) => id !== null && erased.isErased(id, nowMs - RECENT_MS);
  state.held.forgetSubjects(
    (subject, userId) =>
      isGone(subjectOfName(subject)) || (userId !== null && isGone({ kind: 'user', id: userId })),
  );
  return true;
}

/**
 * The definitions in force. On getting a partition they are read anew, for what others have published may rest on newer ones
 * than are known here; should Postgres be away, what is known serves if it explains all that was published.
 */
async function definitionsFor(
  held: PartitionState,
  definitions: FunnelStageOptions['definitions'],
): Promise<readonly CountedDefinition[]> {
  const away = (why: string, cause?: unknown) =>
    new StreamError('unavailable', `the definitions of funnels and cohorts ${why}`, {
      cause,
      retriable: true,
    });
  if (!held.isNew) {
    const known = definitions.current();
    if (known === null) throw away('are not known yet');
    return known;
  }
  const failure = await refreshed(definitions);
  const known = definitions.current();
  if (known === null) throw away('cannot be read from Postgres', failure);
  if (held.isExplainedBy(known)) return known;
  // The reading may have begun before what was published; the next one has not.
  const again = failure ?? (await refreshed(definitions));
  if (again !== null)
    throw away('that are known are older than what was published, and Postgres does not answer', again);
  return definitions.current() ?? known;
}

/** Reads the definitions; answers why it failed, null where it did not. */
const refreshed = (definitions: FunnelStageOptions['definitions']): Promise<unknown> =>
  definitions.refresh().then(
    () => null,
    (error: unknown) => error,
  );
