import type { Scrubber, ScrubResult } from '@fineprint/pii';

/** As many as come in a few batches: what is kept longer costs more to clear away than to find again. */
const MAX_KNOWN = 8_192;

/** A scrubber that does not look again at an id that was looked at a moment ago. */
export interface RememberingScrubber extends Scrubber {
  /** Looks at an id before its record is scrubbed, and remembers for a while what becomes of it. */
  scrubId(field: 'user_id' | 'anonymous_id', id: string): ScrubResult<unknown>;
}

export function rememberIds(scrubber: Scrubber): RememberingScrubber {
  const known = {
    user_id: new Map<unknown, ScrubResult<unknown>>(),
    anonymous_id: new Map<unknown, ScrubResult<unknown>>(),
  };
  const places = { user_id: { path: 'user_id' }, anonymous_id: { path: 'anonymous_id' } };

  const scrubValue = <T>(value: T, options: { readonly path?: string } = {}): ScrubResult<T> => {
    const { path } = options;
    if (path === 'user_id' || path === 'anonymous_id') {
      const found = known[path].get(value);
      if (found !== undefined) return found as ScrubResult<T>;
    }
    return scrubber.scrubValue(value, options);
  };
  return {
    scrubValue,
    scrubString: (value, options) => scrubValue<string | null>(value, options),
    scrubJsonLine: (line) => scrubber.scrubJsonLine(line),
    lookAt: (path) => scrubber.lookAt(path),
    scrubId(field, id) {
      const ids = known[field];
      const found = ids.get(id);
      if (found !== undefined) return found;
      if (ids.size >= MAX_KNOWN) ids.clear();
      const result = scrubber.scrubValue<unknown>(id, places[field]);
      ids.set(id, result);
      return result;
    },
  };
}
