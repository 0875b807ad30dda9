import type { Subject } from '@fineprint/consent';
import type { Positions } from './consent-store.ts';
import { withRecord } from './subject-cache.ts';
import { idIn, KINDS, type OfBoth, type View } from './view.ts';

/** Everybody who ever said something. Forgets nobody; where they become too many it is given up, as it stands. */
export function createWholeView(
  at: Positions,
  of: OfBoth<Map<string, Subject | null>>,
  maxSubjects: number,
): View {
  let positions = at;
  const { users, devices } = of;
  const known = {
    get isEmpty() {
      return users.size + devices.size === 0;
    },
    user: (id: string) => users.get(id) ?? null,
    device: (id: string) => devices.get(id) ?? null,
  };
  const found = { known, missing: { users: [], devices: [] }, of };
  return {
    get positions() {
      return positions;
    },
    isWhole: true,
    find: () => found,
    take({ news, positions: reached }) {
      if (news === null) return false;
      for (const kind of KINDS) {
        const fresh = new Set(
          news.map((r) => idIn(kind, r)).filter((id) => id !== null && !of[kind].has(id)),
        );
        if (of[kind].size + fresh.size > maxSubjects) return false;
      }
      for (const record of news)
        for (const kind of KINDS) {
          const id = idIn(kind, record);
          if (id !== null) of[kind].set(id, withRecord(of[kind].get(id), record));
        }
      positions = reached;
      return true;
    },
  };
}
