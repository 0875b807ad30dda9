import type { Scrubber } from '@fineprint/pii';

/** Ids as the policy leaves them: consents and events are joined by what both become. */
export interface IdScrubber {
  scrub(field: 'user_id' | 'anonymous_id', id: string | null): string | null;
}

const MAX_KNOWN = 50_000;
/** As long as the gateway lets an id be; a policy may make one longer. */
const MAX_CHARS = 255;

/** The same ids come again and again, so what became of them is kept for a while. */
export function createIdScrubber(scrubber: Scrubber | null): IdScrubber {
  const known = { user_id: new Map<string, string | null>(), anonymous_id: new Map<string, string | null>() };
  return {
    scrub(field, id) {
      if (id === null || scrubber === null) return id;
      const ids = known[field];
      const found = ids.get(id);
      if (found !== undefined) return found;
      const { value } = scrubber.scrubValue<unknown>(id, { path: field });
      const scrubbed = typeof value === 'string' ? value.slice(0, MAX_CHARS) : null;
      if (ids.size >= MAX_KNOWN) ids.clear();
      ids.set(id, scrubbed);
      return scrubbed;
    },
  };
}
