import type { Holds } from './subject-tables.ts';

/** One subject's ids in every form that a store may hold: as they were sent and scrubbed, and as pseudonyms. */
export interface Scope {
  readonly users: readonly string[];
  readonly anonymous: readonly string[];
  /** The same with `u:` and `a:` in front. */
  readonly persons: readonly string[];
  /** Ids of rows of Postgres' `users`. */
  readonly userRows: readonly string[];
}

export const emptyScope: Scope = { users: [], anonymous: [], persons: [], userRows: [] };

/** Both; each id once. */
export function joined(a: Scope, b: Scope): Scope {
  const both = (of: (scope: Scope) => readonly string[]) => [...new Set([...of(a), ...of(b)])];
  return {
    users: both((s) => s.users),
    anonymous: both((s) => s.anonymous),
    persons: both((s) => s.persons),
    userRows: both((s) => s.userRows),
  };
}

export function idsOf(scope: Scope, holds: Exclude<Holds, 'unasked'>): readonly string[] {
  if (holds === 'user') return scope.users;
  if (holds === 'anonymous') return scope.anonymous;
  return holds === 'person' ? scope.persons : scope.userRows;
}
