/** `identify` said that this browser or device is that user. */
export interface IdentityLink {
  readonly anonymousId: string;
  readonly userId: string;
  readonly timeMs: number;
}

/** Whose history an anonymous one now belongs to, and whose it was before. */
export interface IdentityChange {
  readonly anonymousId: string;
  readonly from: string;
  readonly to: string;
}

/** Two users claimed one anonymous id, as on a shared machine: the earlier keeps it. */
export interface IdentityConflict {
  readonly anonymousId: string;
  readonly keptBy: string;
  readonly refused: string;
}

export interface LinkResult {
  readonly change: IdentityChange | null;
  readonly conflict: IdentityConflict | null;
}

/** Users and anonymous ids are different names even where they are spelt alike, so no chain of links can be a cycle. */
export function userSubject(userId: string): string {
  return `u:${userId}`;
}

export function anonymousSubject(anonymousId: string): string {
  return `a:${anonymousId}`;
}

/**
 * Which subject events belong to. An anonymous id belongs to the user of its earliest identify (at the same millisecond,
 * the lesser user id), so the answer depends on the set of links alone, not on their arrival. A user may have many
 * anonymous ids; two users are never made one. A late, earlier identify moves the anonymous history to another user,
 * which is why histories are kept per raw id and merged when read: a union could not be undone.
 */
export interface IdentityMap {
  link(link: IdentityLink): LinkResult;
  /** The canonical subject of an event; null without any id. */
  subjectOf(userId: string | null, anonymousId: string | null): string | null;
  /** The raw subjects whose histories make up this one, itself first. */
  membersOf(subject: string): readonly string[];
  /** The links that hold, for a snapshot. */
  links(): readonly IdentityLink[];
}

export function createIdentityMap(links: Iterable<IdentityLink> = []): IdentityMap {
  const owners = new Map<string, IdentityLink>();
  const anonymousOf = new Map<string, Set<string>>();
  const link = (next: IdentityLink): LinkResult => {
    const present = owners.get(next.anonymousId);
    if (present !== undefined && !isEarlier(next, present)) {
      return { change: null, conflict: conflictOf(present, next) };
    }
    owners.set(next.anonymousId, next);
    if (present?.userId === next.userId) return { change: null, conflict: null };
    if (present !== undefined) anonymousOf.get(present.userId)?.delete(next.anonymousId);
    const own = anonymousOf.get(next.userId) ?? new Set();
    anonymousOf.set(next.userId, own.add(next.anonymousId));
    return { change: changeOf(present, next), conflict: present ? conflictOf(next, present) : null };
  };
  for (const one of links) link(one);
  return {
    link,
    subjectOf(userId, anonymousId) {
      if (userId !== null) return userSubject(userId);
      if (anonymousId === null) return null;
      const owner = owners.get(anonymousId);
      return owner === undefined ? anonymousSubject(anonymousId) : userSubject(owner.userId);
    },
    membersOf(subject) {
      if (!subject.startsWith('u:')) return [subject];
      const anonymous = [...(anonymousOf.get(subject.slice(2)) ?? [])].sort();
      return [subject, ...anonymous.map(anonymousSubject)];
    },
    links: () => [...owners.values()],
  };
}

function isEarlier(a: IdentityLink, b: IdentityLink): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.userId < b.userId);
}

function conflictOf(kept: IdentityLink, refused: IdentityLink): IdentityConflict | null {
  if (kept.userId === refused.userId) return null;
  return { anonymousId: kept.anonymousId, keptBy: kept.userId, refused: refused.userId };
}

function changeOf(before: IdentityLink | undefined, now: IdentityLink): IdentityChange {
  const { anonymousId } = now;
  const from = before === undefined ? anonymousSubject(anonymousId) : userSubject(before.userId);
  return { anonymousId, from, to: userSubject(now.userId) };
}
