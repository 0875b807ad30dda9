/**
 * Who an event counts for. Questions group by the raw ids first, which every instance of an id shares, and resolve the few
 * groups afterwards: resolving a million events costs ten times as much. The same persons as in product_events_by_person.
 */

/** The raw ids, to group events by; events with neither belong to nobody. */
export const RAW_IDS = `user_id, if(user_id IS NULL, anonymous_id, NULL) AS alias`;
export const HAS_ID = `(user_id IS NOT NULL OR anonymous_id IS NOT NULL)`;

/** `u:` and the user, or `a:` and an anonymous id that belongs to no user; over rows that have RAW_IDS. */
const PERSON = `multiIf(
  user_id IS NOT NULL, concat('u:', assumeNotNull(user_id)),
  owner != '', concat('u:', owner),
  concat('a:', assumeNotNull(alias)))`;

/** Selects over groups of raw ids, with `person` for each. */
export function byPerson(columns: string, groups: string): string {
  return `
    SELECT ${PERSON} AS person, ${columns}
    FROM (${groups}) AS grouped
    LEFT JOIN (
      SELECT anonymous_id AS linked, argMax(user_id, revision) AS owner FROM fineprint.identity_links GROUP BY linked
    ) AS links ON grouped.alias = links.linked
    GROUP BY person`;
}

export const EVENT_MS = 'toUnixTimestamp64Milli(event_time)';
