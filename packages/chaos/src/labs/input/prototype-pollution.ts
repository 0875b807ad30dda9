import type { Lab } from '../../lab.ts';
import { toProductEvent } from '../../load/event-forms.ts';
import { ask, EVENTS_PATH, newEvent, post, storedRows } from './send.ts';

const MARK = 'polluted_by_lab';
const BODIES: readonly (readonly [string, string])[] = [
  ['__proto__ as a field', `{"event":"x","__proto__":{"${MARK}":1}}`],
  ['__proto__ in properties', `{"event":"x","properties":{"__proto__":{"${MARK}":1}}}`],
  ['__proto__ escaped', `{"event":"x","properties":{"\\u005f_proto__":{"${MARK}":1}}}`],
  [
    '__proto__ deep in traits',
    `{"kind":"identify","user_id":"u","traits":{"a":[{"__proto__":{"${MARK}":1}}]}}`,
  ],
  ['constructor.prototype in context', `{"event":"x","context":{"constructor":{"prototype":{"${MARK}":1}}}}`],
  ['__proto__ beside the events', `{"events":[{"event":"x"}],"__proto__":{"${MARK}":1}}`],
];

export const prototypePollution: Lab = {
  name: 'prototype-pollution',
  title:
    '__proto__ and constructor.prototype as keys and paths, over HTTP, straight to a topic, and to the query API',
  kind: 'input',
  passes: 'refused, or kept as plain data; no process takes it on',
  takesMs: 60_000,
  async run(context) {
    const { fleet, target, book, random, fault, check, figure } = context;
    await fault('hostile keys', async () => {
      for (const [what, body] of BODIES) {
        const { status, text } = await post(context, { path: EVENTS_PATH, body });
        check(`${what}: 400 forbidden_key`, status === 400 && text.includes('forbidden_key'), `${status}`);
      }
    });
    const id = random.uuid();
    const event = { ...newSent(id), note: '' };
    book.sent(event);
    const properties = `{"__proto__":{"${MARK}":"jo@planted-pii.example"},"constructor":{"prototype":{"${MARK}":1}}}`;
    const value = target.encoder.encode('product.events.raw', { ...toProductEvent(event), properties });
    await target.writer.write([{ topic: 'product.events.raw', key: Buffer.from(event.user), value }]);
    book.acknowledged(id);
    const [row] = await storedRows<{ id: string; properties: string }>(
      context,
      'product',
      [id],
      'properties',
    );
    const kept = row?.properties.includes('__proto__') === true && !row.properties.includes('planted-pii');
    check(
      'published straight to the topic it is plain data, scrubbed',
      kept,
      row?.properties ?? 'not stored',
    );

    const api = fleet.one('query-api').url;
    const headers = { authorization: `Bearer ${target.apiKey}`, 'content-type': 'application/json' };
    const asked = await ask(`${api}/api/v1/ai/models?__proto__[role]=admin`, { headers });
    check('a parameter of that name is unknown', asked.code === 'unknown_parameter', asked.code);
    const body = `{"windowMs":1000,"steps":[{"event":"a"},{"event":"b"}],"__proto__":{"${MARK}":1}}`;
    const defined = await ask(`${api}/api/v1/analytics/funnels/proto?dry_run=true`, {
      method: 'PUT',
      headers,
      body,
    });
    check(
      'a definition with it is refused',
      defined.status >= 400 && defined.status < 500,
      `${defined.status}`,
    );

    const fresh = await post(context, { body: JSON.stringify(newEvent(context)) });
    const pages = await Promise.all(fleet.all().map(async (i) => (await fetch(`${i.url}/ready`)).text()));
    const polluted = [fresh.text, ...pages].filter((text) => text.includes(MARK)).length;
    check('no answer of any service holds the property', polluted === 0, `${polluted}`);
    figure('polluted', polluted);
  },
};

const newSent = (id: string) => ({
  id,
  kind: 'product' as const,
  order: null,
  timeMs: Date.now(),
  name: 'lab',
  user: `lab-${id.slice(0, 8)}`,
  requestId: id,
});
