import type { UserRow } from '@fineprint/person-builder/user-id';

/** Users that are known to be in the table, so that each is looked up once in a while and not for every event. */
export interface KnownUsers {
  /** Those of them that are not known, each once, in the order that all writers keep. */
  unknownOf(users: Iterable<UserRow | null>): UserRow[];
  add(users: readonly UserRow[]): void;
  clear(): void;
}

export function createKnownUsers(limit: number): KnownUsers {
  const known = new Set<string>();
  return {
    unknownOf(users) {
      const unknown = new Map<string, UserRow>();
      for (const user of users) if (user !== null && !known.has(user.id)) unknown.set(user.id, user);
      return [...unknown.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    add(users) {
      if (known.size + users.length > limit) known.clear();
      for (const { id } of users) if (known.size < limit) known.add(id);
    },
    clear: () => known.clear(),
  };
}
