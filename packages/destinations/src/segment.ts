import type { ProductEvent } from '@fineprint/schemas';
import type { Answer, Destination, JsonObject, Judgement } from './destination.ts';
import { allDelivered, judgeCommon, split } from './judge.ts';

/**
 * Segment's HTTP tracking API takes a batch as a whole, or answers 400 where it is no JSON or too large; then the event at
 * fault is found by cutting the batch in two. It keeps one event per messageId.
 */
export const segment: Destination = {
  name: 'segment',
  baseUrl: 'https://api.segment.io',
  limits: { events: 2_500, bytes: 500_000, eventBytes: 32_000 },
  consentCategory: 'marketing',
  insertIdField: 'messageId',
  excludes: ({ user_id, anonymous_id }) => (user_id === null && anonymous_id === null ? 'no_subject' : null),
  map: (event, properties, context) => ({
    ...callOf(event, properties),
    messageId: event.event_id,
    timestamp: new Date(event.event_time).toISOString(),
    ...(event.user_id === null ? {} : { userId: event.user_id }),
    ...(event.anonymous_id === null ? {} : { anonymousId: event.anonymous_id }),
    context: event.session_id === null ? context : { ...context, sessionId: event.session_id },
  }),
  request: (events, { key }) => ({
    path: '/v1/batch',
    headers: {
      authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: `{"batch":[${events.map((e) => e.json).join(',')}]}`,
    gzip: false,
  }),
  judge,
};

function callOf(event: ProductEvent, properties: JsonObject): object {
  if (event.kind === 'identify') return { type: 'identify', traits: properties };
  if (event.kind !== 'page_view') return { type: 'track', event: event.event_name, properties };
  const { page_url: url, page_title: title, page_referrer: referrer } = event;
  return {
    type: 'page',
    name: title ?? url ?? 'page_view',
    properties: { ...properties, url, title, referrer },
  };
}

function judge(answer: Answer, _events: number, nowMs: number): Judgement {
  const common = judgeCommon(answer, nowMs);
  if (common !== null) return common;
  return answer.status === 200 ? allDelivered() : split;
}
