import type { RecordName, RecordTypes } from '@fineprint/schemas';

interface Ids {
  readonly userId: string | null;
  readonly anonymousId: string | null;
}

/** JSON of a producer's own, in which ids are often repeated. */
const JSON_FIELDS = ['properties', 'context', 'traits'] as const;
/** Shorter texts are too often something else than the id. */
export const MIN_REPEATED_CHARS = 6;

/**
 * The record with these ids in place of its own, and in its JSON where a whole text is one of them. The very same reference where
 * they are the same already. Pure.
 */
export function withIds<
  R extends RecordTypes[RecordName] & { user_id: string | null; anonymous_id: string | null },
>(record: R, { userId, anonymousId }: Ids): R {
  if (record.user_id === userId && record.anonymous_id === anonymousId) return record;
  const changed: Record<string, unknown> = { ...record, user_id: userId, anonymous_id: anonymousId };
  for (const field of JSON_FIELDS) {
    const given = changed[field];
    if (typeof given !== 'string') continue;
    const once = replaceText(given, record.user_id, userId);
    changed[field] = replaceText(once, record.anonymous_id, anonymousId);
  }
  return changed as R;
}

/** Whole strings of the JSON only: a part of a longer one means something else. */
function replaceText(json: string, from: string | null, to: string | null): string {
  if (from === null || to === null || from.length < MIN_REPEATED_CHARS) return json;
  const text = JSON.stringify(from);
  return json.includes(text) ? json.replaceAll(text, JSON.stringify(to)) : json;
}
