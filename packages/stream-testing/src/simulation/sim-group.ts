import type { TopicName } from '@fineprint/topology';
import type { Random } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** Kafka's names of why a group turns a member down. */
export type GroupError = 'REBALANCE_IN_PROGRESS' | 'UNKNOWN_MEMBER_ID' | 'ILLEGAL_GENERATION';

export interface Place {
  readonly topic: TopicName;
  readonly partition: number;
}

export interface Joined {
  readonly memberId: string;
  readonly generation: number;
  readonly assignment: readonly Place[];
}

/** A consumer group as its coordinator keeps it: eager rebalances, generations, sessions, committed offsets. */
export interface SimGroup {
  readonly name: string;
  readonly places: readonly Place[];
  /** Resolves when the generation is complete. */
  join(memberId: string | null): Promise<Joined>;
  heartbeat(memberId: string, generation: number): 'ok' | GroupError;
  leave(memberId: string): void;
  commit(memberId: string, generation: number, place: Place, offset: number): 'ok' | GroupError;
  committed(place: Place): number | null;
  /** A rebalance for no reason that members could see. */
  disturb(): void;
}

interface Member {
  heardAtMs: number;
  joining: ((joined: Joined) => void) | null;
}

export interface GroupOptions {
  readonly name: string;
  readonly places: readonly Place[];
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly onCommit: (group: string, place: Place, offset: number) => void;
}

export const placeKey = ({ topic, partition }: Place): string => `${topic}/${partition}`;

export function createGroup(options: GroupOptions): SimGroup {
  const { name, places, scheduler, random } = options;
  const members = new Map<string, Member>();
  const offsets = new Map<string, number>();
  let generation = 0;
  let preparing = false;
  let cancelDeadline: () => void = () => undefined;
  let ids = 0;

  const complete = () => {
    cancelDeadline();
    for (const [id, member] of members) if (member.joining === null) members.delete(id);
    preparing = false;
    generation++;
    const ids = [...members.keys()];
    // Which member gets what is nobody's promise, so it changes.
    const shift = random.below(Math.max(1, ids.length));
    for (const [i, [id, member]] of [...members].entries()) {
      const mine = (i + shift) % ids.length;
      const assignment = places.filter((_, p) => p % ids.length === mine);
      const { joining } = member;
      member.joining = null;
      member.heardAtMs = scheduler.nowMs();
      joining?.({ memberId: id, generation, assignment });
      expire(id);
    }
  };
  const completeIfReady = () => {
    if (preparing && members.size > 0 && [...members.values()].every((m) => m.joining !== null)) complete();
  };
  const prepare = () => {
    if (preparing) return;
    preparing = true;
    cancelDeadline = scheduler.schedule(options.rebalanceTimeoutMs, `${name}: rebalance timeout`, () => {
      if (preparing) complete();
    });
  };
  const remove = (id: string) => {
    if (!members.delete(id)) return;
    prepare();
    completeIfReady();
  };
  const expire = (id: string) => {
    const member = members.get(id);
    if (member === undefined) return;
    const leftMs = member.heardAtMs + options.sessionTimeoutMs - scheduler.nowMs();
    scheduler.schedule(Math.max(1, leftMs), `${name}: session of ${id}`, () => {
      if (members.get(id) !== member) return;
      const isSilent = scheduler.nowMs() - member.heardAtMs >= options.sessionTimeoutMs;
      if (!isSilent) expire(id);
      else if (member.joining === null) remove(id);
    });
  };
  const check = (id: string, of: number): 'ok' | GroupError => {
    if (!members.has(id)) return 'UNKNOWN_MEMBER_ID';
    return of === generation ? 'ok' : 'ILLEGAL_GENERATION';
  };

  return {
    name,
    places,
    join(memberId) {
      const id = memberId !== null && members.has(memberId) ? memberId : `m${++ids}`;
      return new Promise((resolve) => {
        members.set(id, { heardAtMs: scheduler.nowMs(), joining: resolve });
        prepare();
        completeIfReady();
      });
    },
    heartbeat(id, of) {
      const checked = check(id, of);
      const member = members.get(id);
      if (checked !== 'ok' || member === undefined) return checked;
      member.heardAtMs = scheduler.nowMs();
      return preparing ? 'REBALANCE_IN_PROGRESS' : 'ok';
    },
    leave: remove,
    commit(id, of, place, offset) {
      const checked = check(id, of);
      if (checked !== 'ok') return checked;
      options.onCommit(name, place, offset);
      offsets.set(placeKey(place), offset);
      return 'ok';
    },
    committed: (place) => offsets.get(placeKey(place)) ?? null,
    disturb: prepare,
  };
}
