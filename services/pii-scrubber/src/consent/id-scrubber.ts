import type { RememberingScrubber } from '../remember-ids.ts';

/** Ids as the policy leaves them: consents and events are joined by what both become. */
export interface IdScrubber {
  scrub(field: 'user_id' | 'anonymous_id', id: string | null): string | null;
}

/** As long as the gateway lets an id be; a policy may make one longer. */
const MAX_CHARS = 255;

export function createIdScrubber(scrubber: RememberingScrubber | null): IdScrubber {
  return {
    scrub(field, id) {
      if (id === null || scrubber === null) return id;
      const { value } = scrubber.scrubId(field, id);
      if (typeof value !== 'string') return null;
      return value.length > MAX_CHARS ? value.slice(0, MAX_CHARS) : value;
    },
  };
}
