import type { ProductEvent } from '@fineprint/schemas';
import type { Answer, Destination, Fate, Judgement } from './destination.ts';
import { allDelivered, isIndex, jsonOf, judgeCommon, rejected, split } from './judge.ts';

/**
 * Mixpanel's /import in strict mode: the valid events of a request are taken, the others are named one by one. It keeps one
 * event per event name, distinct_id, time and $insert_id.
 */
export const mixpanel: Destination = {
  name: 'mixpanel',
  baseUrl: 'https://api.mixpanel.com',
  limits: { events: 2_000, bytes: 2_000_000, eventBytes: 1_000_000 },
  consentCategory: 'marketing',
  insertIdField: 'properties.$insert_id',
  excludes: () => null,
  map: (event, properties) => ({
    event: event.event_name,
    properties: {
      ...properties,
      ...subjectOf(event),
      time: event.event_time,
      $insert_id: event.event_id,
      ...(event.session_id === null ? {} : { session_id: event.session_id }),
    },
  }),
  request: (events, { key }) => ({
    path: '/import?strict=1',
    headers: {
      authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: `[${events.map((e) => e.json).join(',')}]`,
    gzip: true,
  }),
  judge,
};

/** Ids as Mixpanel joins them: a device becomes its user's with the first event that names both. */
function subjectOf({ user_id: user, anonymous_id: device }: ProductEvent): object {
  return {
    distinct_id: user ?? (device === null ? '' : `$device:${device}`),
    ...(user === null ? {} : { $user_id: user }),
    ...(device === null ? {} : { $device_id: device }),
  };
}

function judge(answer: Answer, events: number, nowMs: number): Judgement {
  const common = judgeCommon(answer, nowMs);
  if (common !== null) return common;
  const { status } = answer;
  if (status === 200) return allDelivered();
  if (status === 413) return split;
  const failed = jsonOf(answer)['failed_records'];
  if (!Array.isArray(failed) || failed.length === 0) return split;
  const some = new Map<number, Fate>();
  for (const record of failed as readonly unknown[]) {
    const { index, field } = record as { index?: unknown; field?: unknown };
    if (isIndex(index, events))
      some.set(
        index,
        typeof field === 'string' ? rejected('invalid_field', field) : rejected('invalid_event'),
      );
  }
  return some.size === 0 ? split : allDelivered(some);
}
