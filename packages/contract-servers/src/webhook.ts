import { createHmac, timingSafeEqual } from 'node:crypto';
import { createKeeper, objectOf, parseJson, type Vendor } from './vendor.ts';

/** A receiver refuses what was signed longer ago. */
const TOLERANCE_S = 300;

/** A receiver as the Standard Webhooks specification tells people to write one. */
export function createWebhookReceiver(settings: {
  readonly secret: string;
  readonly nowMs: () => number;
  /** Event names that it cannot do anything with. */
  readonly refuses?: ReadonlySet<string>;
}): Vendor {
  const keeper = createKeeper();
  const isSigned = (id: string, seconds: string, body: string, signatures: string) => {
    const text = settings.secret.replace(/^whsec_/, '');
    const key = text === settings.secret ? text : Buffer.from(text, 'base64');
    const expected = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest();
    return signatures.split(' ').some((one) => {
      const given = Buffer.from(one.replace(/^v1,/, ''), 'base64');
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
  };
  return {
    ...keeper,
    handle({ headers, body }) {
      const id = headers['webhook-id'] ?? '';
      const seconds = headers['webhook-timestamp'] ?? '';
      if (!isSigned(id, seconds, body, headers['webhook-signature'] ?? ''))
        return { status: 401, body: 'bad signature' };
      if (Math.abs(settings.nowMs() / 1_000 - Number(seconds)) > TOLERANCE_S)
        return { status: 401, body: 'too old' };
      const value = objectOf(parseJson(body));
      const name = objectOf(value?.['data'])?.['event_name'];
      if (value === null || settings.refuses?.has(String(name)))
        return { status: 422, body: 'cannot use it' };
      keeper.take(id, value);
      return { status: 204, body: '' };
    },
  };
}
