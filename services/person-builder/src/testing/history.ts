import {
  anonymousSubject,
  applyEvent,
  type BehaviourEvent,
  type CohortState,
  type CompiledCohort,
  type CompiledFunnel,
  createFunnelState,
  createIdentityMap,
  EMPTY_COHORT_STATE,
  type FunnelState,
  fromProductEvent,
  type IdentityLink,
  progressOf,
  userSubject,
} from '@fineprint/behaviour';
import type { ProductEvent } from '@fineprint/schemas';
import { sampleProductEvent } from '@fineprint/stream-testing';
import type { Snapshot } from '../snapshot.ts';
import type { Random } from './random.ts';

/** An event as a producer sends it, and the partition it comes to lie in. */
export interface Sent {
  readonly partition: number;
  readonly userId: string | null;
  readonly anonymousId: string | null;
  readonly link: IdentityLink | null;
  readonly record: ProductEvent;
  readonly event: BehaviourEvent;
}

export interface Watched {
  readonly funnels: readonly CompiledFunnel[];
  readonly cohorts: readonly CompiledCohort[];
}

export interface HistoryOptions {
  readonly run: string;
  readonly users: number;
  readonly anonymous: number;
  readonly partitions: number;
  readonly events: number;
  readonly names: readonly string[];
}

const START_MS = Date.UTC(2026, 0, 1);
const SPAN_MS = 3 * 86_400_000;

/** People who click as anybody and as somebody, on shared devices, in no order of time. */
export function makeHistory(random: Random, options: HistoryOptions): Sent[] {
  const ids = (prefix: string, n: number) =>
    Array.from({ length: n }, (_, i) => `${options.run}-${prefix}${i}`);
  const users = ids('u', options.users);
  const anonymous = ids('x', options.anonymous);
  return Array.from({ length: options.events }, (_, i) => {
    const isIdentify = random.next() < 0.12;
    const isKnown = isIdentify || random.next() < 0.4;
    const userId = isKnown ? random.pick(users) : null;
    const anonymousId = isIdentify || !isKnown ? random.pick(anonymous) : null;
    const timeMs = START_MS + random.below(SPAN_MS);
    const record = sampleProductEvent({
      event_id: `${options.run}-0000-4000-8000-${String(i).padStart(12, '0')}`,
      kind: isIdentify ? 'identify' : 'track',
      event_name: isIdentify ? 'identify' : random.pick(options.names),
      event_time: timeMs,
      user_id: userId,
      anonymous_id: anonymousId,
      traits: isIdentify ? JSON.stringify({ plan: random.pick(['pro', 'free']) }) : null,
    });
    const subject = userId === null ? anonymousSubject(anonymousId ?? '') : userSubject(userId);
    const link =
      isIdentify && userId !== null && anonymousId !== null ? { userId, anonymousId, timeMs } : null;
    return {
      partition: random.below(options.partitions),
      userId,
      anonymousId,
      link,
      record,
      event: fromProductEvent(record, subject),
    };
  });
}

/** What funnel-builder would publish of each partition, flushing every few events. */
export function snapshotsOf(
  random: Random,
  history: readonly Sent[],
  watched: Watched,
): Map<number, Snapshot[]> {
  const logs = new Map<number, Snapshot[]>();
  for (const [partition, sent] of Map.groupBy(history, (s) => s.partition))
    logs.set(partition, partitionLog(random, partition, sent, watched));
  return logs;
}

function partitionLog(
  random: Random,
  partition: number,
  sent: readonly Sent[],
  watched: Watched,
): Snapshot[] {
  const log: Snapshot[] = [];
  const ids = createIdStates(watched);
  for (const [offset, one] of sent.entries()) {
    ids.take(one);
    if (random.next() > 0.3 && offset < sent.length - 1) continue;
    for (const changed of ids.takeChanged()) log.push({ ...changed, partition, asOfOffset: offset });
  }
  return log;
}

/** States of single ids, as funnel-builder keeps them for one partition. */
function createIdStates({ funnels, cohorts }: Watched) {
  const states = new Map<string, unknown>();
  const changed = new Set<string>();
  /** Applies a change to what is kept; null where it changes nothing. */
  const change = <S>(
    kind: Snapshot['kind'],
    subject: string,
    name: string,
    next: (known?: S) => S | null,
  ) => {
    const key = JSON.stringify([kind, subject, name]);
    const after = next(states.get(key) as S | undefined);
    if (after === null) return;
    states.set(key, after);
    changed.add(key);
  };
  return {
    take({ event, link }: Sent) {
      const { subject } = event;
      for (const funnel of funnels)
        change<FunnelState>('funnel', subject, funnel.definition.name, (known = createFunnelState(funnel)) =>
          applyEvent(funnel, known, event) === 'unmatched' ? null : known,
        );
      for (const cohort of cohorts)
        change<CohortState>('cohort', subject, cohort.definition.name, (known = EMPTY_COHORT_STATE) => {
          const after = cohort.apply(known, event);
          return after === known ? null : after;
        });
      if (link === null) return;
      change<{ at: number }>('link', anonymousSubject(link.anonymousId), link.userId, (known) => ({
        at: Math.min(known?.at ?? Number.POSITIVE_INFINITY, link.timeMs),
      }));
    },
    takeChanged() {
      const taken = [...changed].map((key) => {
        const [kind, subject, name] = JSON.parse(key) as [Snapshot['kind'], string, string];
        const definitionVersion = kind === 'link' ? 0 : 1;
        return { kind, subject, name, definitionVersion, state: JSON.stringify(states.get(key)) };
      });
      changed.clear();
      return taken;
    },
  };
}

/** What holds of everybody after all events, counted anew from the events alone. */
export function recount(history: readonly Sent[], { funnels, cohorts }: Watched) {
  const identities = createIdentityMap(history.flatMap((s) => s.link ?? []));
  const people = Map.groupBy(history, (s) => identities.subjectOf(s.userId, s.anonymousId) ?? '');
  const levels = new Map<string, unknown>();
  const members = new Map<string, number | null>();
  for (const [person, theirs] of people) {
    for (const funnel of funnels) {
      const state = createFunnelState(funnel);
      for (const { event } of theirs) applyEvent(funnel, state, event);
      const { level, best } = progressOf(funnel, state, 0);
      if (best !== null)
        levels.set(`${person} ${funnel.definition.name}`, {
          level,
          times: best.stepTimes.filter((time) => time !== null),
          reachedAtMs: best.reachedAtMs,
        });
    }
    for (const cohort of cohorts) {
      const state = theirs.reduce((s, { event }) => cohort.apply(s, event), EMPTY_COHORT_STATE);
      const { member, sinceMs } = cohort.membershipOf(state);
      if (member) members.set(`${person} ${cohort.definition.name}`, sinceMs);
    }
  }
  const owners = new Map(identities.links().map((link) => [link.anonymousId, link.userId]));
  return { levels, members, owners };
}
