import { createHmac } from 'node:crypto';
import type { Answer, Destination, Judgement } from './destination.ts';
import { allDelivered, judgeCommon, split } from './judge.ts';

/**
 * One event per request, signed as the Standard Webhooks specification says: HMAC-SHA256 of "id.time.body". The id is the
 * event's, the same on every try, so a receiver counts an event once and refuses what is old or altered.
 */
export const webhooks: Destination = {
  name: 'webhooks',
  /** The settings must name one. */
  baseUrl: '',
  limits: { events: 1, bytes: 1_000_000, eventBytes: 900_000 },
  consentCategory: 'analytics',
  insertIdField: 'webhook-id',
  excludes: () => null,
  map: (event, properties, context) => ({
    type: `product.${event.kind}`,
    timestamp: new Date(event.event_time).toISOString(),
    data: {
      event_id: event.event_id,
      event_name: event.event_name,
      user_id: event.user_id,
      anonymous_id: event.anonymous_id,
      session_id: event.session_id,
      [event.kind === 'identify' ? 'traits' : 'properties']: properties,
      context,
    },
  }),
  request([event], { key }, nowMs) {
    if (event === undefined) throw new Error('a webhook carries one event');
    const seconds = Math.floor(nowMs / 1_000);
    return {
      path: '',
      headers: {
        'content-type': 'application/json',
        'webhook-id': event.eventId,
        'webhook-timestamp': String(seconds),
        'webhook-signature': `v1,${signature(key, event.eventId, seconds, event.json)}`,
      },
      body: event.json,
      gzip: false,
    };
  },
  judge,
};

/** The secret is `whsec_` and base64, as the specification writes it, or any text. */
export function signature(secret: string, id: string, seconds: number, body: string): string {
  const key = secret.startsWith(SECRET_PREFIX)
    ? Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')
    : secret;
  return createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
}

const SECRET_PREFIX = 'whsec_';

function judge(answer: Answer, _events: number, nowMs: number): Judgement {
  const common = judgeCommon(answer, nowMs);
  if (common !== null) return common;
  return answer.status !== null && answer.status < 300 ? allDelivered() : split;
}
