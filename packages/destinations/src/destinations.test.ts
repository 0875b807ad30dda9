import { sampleProductEvent } from '@fineprint/stream-testing';
import { describe, expect, it } from 'vitest';
import type { Answer, Fate } from './destination.ts';
import { destinationRecords } from './index.ts';
import { EVERYTHING, prepare } from './prepare.ts';
import { signature as signed } from './webhooks.ts';

const NOW_MS = Date.UTC(2026, 0, 31);
const { mixpanel, amplitude, segment, webhooks } = destinationRecords;
const event = sampleProductEvent({
  event_name: 'Feature Used',
  session_id: 's-1',
  anonymous_id: 'device-1',
  properties: '{"plan":"pro"}',
  context: '{"page":{"path":"/"}}',
});
const identify = sampleProductEvent({
  kind: 'identify',
  event_name: 'identify',
  traits: '{"plan":"pro"}',
});
const purchase = sampleProductEvent({
  kind: 'conversion',
  event_name: 'subscription',
  conversion_type: 'subscription',
  conversion_value: 29.99,
  currency: 'USD',
});

function mapped(name: keyof typeof destinationRecords, of = event): unknown {
  const prepared = prepare(destinationRecords[name], EVERYTHING, of);
  if (prepared.is !== 'mapped') throw new Error(prepared.is);
  return JSON.parse(prepared.event.json);
}
const answer = (status: number | null, body: object | string = '', retryAfter?: string): Answer => ({
  status,
  headers: { 'retry-after': retryAfter },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const requestOf = (name: keyof typeof destinationRecords, ...of: (typeof event)[]) =>
  destinationRecords[name].request(
    of.map((e) => {
      const prepared = prepare(destinationRecords[name], EVERYTHING, e);
      if (prepared.is !== 'mapped') throw new Error(prepared.is);
      return prepared.event;
    }),
    { key: 'key' },
    NOW_MS,
  );
const rejected = (code: string, path?: string) =>
  path === undefined ? { is: 'rejected', code } : { is: 'rejected', code, path };
const fates = (some: ReadonlyMap<number, Fate>) => Object.fromEntries(some);

describe('every destination', () => {
  it.each(Object.values(destinationRecords))(
    '$name: the event id is where it looks for repeats',
    (record) => {
      const request = requestOf(record.name, event);
      const parts = record.insertIdField.split('.');
      const body: unknown = JSON.parse(request.body);
      const list = Array.isArray(body)
        ? body
        : ((body as { batch?: []; events?: [] }).batch ?? (body as { events?: [] }).events);
      const found = parts.reduce<unknown>(
        (value, key) => (value as Record<string, unknown> | undefined)?.[key],
        list?.[0],
      );
      expect(found ?? request.headers[record.insertIdField]).toBe(event.event_id);
    },
  );

  it.each(Object.values(destinationRecords))(
    '$name: our faults and its own are no event’s fault',
    (record) => {
      const all = (status: number | null, retryAfter?: string) => {
        const { condition, rest, some, waitMs } = record.judge(
          answer(status, '<html>', retryAfter),
          3,
          NOW_MS,
        );
        expect([rest.is, some.size]).toEqual(['retry', 0]);
        return [condition, waitMs];
      };
      expect(all(null)).toEqual(['ill', null]);
      expect(all(500)).toEqual(['ill', null]);
      expect(all(503, '7')).toEqual(['ill', 7_000]);
      expect(all(429, '3')).toEqual(['busy', 3_000]);
      for (const status of [301, 401, 403, 404, 405]) expect(all(status)).toEqual(['refuses_us', null]);
    },
  );

  it.each(Object.values(destinationRecords))(
    '$name: whatever it answers, every event has a fate',
    (record) => {
      for (const status of [200, 204, 400, 413, 418, 422, 429])
        for (const body of [
          '',
          '[]',
          'null',
          '{"failed_records":[{"index":9}]}',
          '{"throttled_events":[-1,"x"]}',
        ]) {
          const { rest, some } = record.judge(answer(status, body), 3, NOW_MS);
          expect(['delivered', 'retry', 'split', 'rejected']).toContain(rest.is);
          for (const index of some.keys()) expect([0, 1, 2]).toContain(index);
        }
    },
  );
});

describe('mixpanel', () => {
  it('maps ids, time and properties', () => {
    expect(mapped('mixpanel')).toEqual({
      event: 'Feature Used',
      properties: {
        ...{
          plan: 'pro',
          distinct_id: 'user-1',
          $user_id: 'user-1',
          $device_id: 'device-1',
          session_id: 's-1',
        },
        ...{ time: event.event_time, $insert_id: event.event_id },
      },
    });
    const anonymous = mapped('mixpanel', { ...event, user_id: null });
    expect(anonymous).toMatchObject({ properties: { distinct_id: '$device:device-1' } });
    expect(mapped('mixpanel', { ...event, user_id: null, anonymous_id: null })).toMatchObject({
      properties: { distinct_id: '' },
    });
  });

  it('what is personal in a property of the same name cannot replace an id', () => {
    const forged = { ...event, properties: '{"$insert_id":"x","distinct_id":"y","time":1}' };
    expect(mapped('mixpanel', forged)).toMatchObject({
      properties: { $insert_id: event.event_id, distinct_id: 'user-1', time: event.event_time },
    });
  });

  it('judges each event of a batch of which a part was taken', () => {
    const body = {
      failed_records: [
        { index: 1, insert_id: 'x', field: 'properties.time', message: "'ada@example.com' is no time" },
        { index: 2 },
      ],
    };
    const { rest, some } = mixpanel.judge(answer(400, body), 4, NOW_MS);
    expect(rest).toEqual({ is: 'delivered' });
    expect(fates(some)).toEqual({
      1: rejected('invalid_field', 'properties.time'),
      2: rejected('invalid_event'),
    });
    expect(mixpanel.judge(answer(413), 4, NOW_MS).rest).toEqual({ is: 'split' });
  });
});

describe('amplitude', () => {
  it('maps identifies to user properties, conversions to revenue', () => {
    expect(mapped('amplitude')).toEqual({
      ...{ user_id: 'user-1', device_id: 'device-1', event_type: 'Feature Used', time: event.event_time },
      ...{ insert_id: event.event_id, event_properties: { plan: 'pro', session_id: 's-1' } },
    });
    expect(mapped('amplitude', identify)).toMatchObject({
      event_type: '$identify',
      user_properties: { $set: { plan: 'pro' } },
    });
    expect(mapped('amplitude', purchase)).toMatchObject({ revenue: 29.99, revenueType: 'subscription' });
    const nobody = prepare(amplitude, EVERYTHING, { ...event, user_id: null, anonymous_id: null });
    expect(nobody).toEqual({ is: 'dropped', reason: 'no_subject' });
  });

  it('of a refused batch the events at fault are rejected, and the others go again at once', () => {
    const body = {
      ...{ code: 400, error: 'Request missing required field' },
      events_with_invalid_fields: { time: [0] },
      events_with_missing_fields: { event_type: [1, 99] },
      events_with_invalid_id_lengths: { user_id: [2] },
      silenced_events: [3],
    };
    const { rest, some, waitMs } = amplitude.judge(answer(400, body), 6, NOW_MS);
    expect([rest.is, waitMs]).toEqual(['retry', 0]);
    expect(fates(some)).toEqual({
      0: rejected('invalid_field', 'time'),
      1: rejected('missing_field', 'event_type'),
      2: rejected('invalid_id', 'user_id'),
      3: rejected('invalid_id'),
    });
    const noKey = amplitude.judge(answer(400, { error: 'Invalid API key: abc' }), 6, NOW_MS);
    expect([noKey.condition, noKey.rest.is]).toEqual(['refuses_us', 'retry']);
  });

  it('only whose user is too fast waits; who has used up his day is rejected', () => {
    const body = { code: 429, throttled_users: { fast: 40 }, throttled_events: [1] };
    const throttled = amplitude.judge(answer(429, body), 3, NOW_MS);
    expect(throttled).toMatchObject({ condition: 'well', rest: { is: 'retry' }, waitMs: 0 });
    expect(fates(throttled.some)).toEqual({ 1: { is: 'retry', waitMs: 30_000 } });
    const spent = amplitude.judge(
      answer(429, { ...body, exceeded_daily_quota_users: { fast: 1 } }),
      3,
      NOW_MS,
    );
    expect(fates(spent.some)).toEqual({ 1: rejected('quota_exceeded') });
    expect(amplitude.judge(answer(429), 3, NOW_MS)).toMatchObject({ condition: 'busy', waitMs: 30_000 });
  });
});

describe('segment', () => {
  it('maps each kind to its call', () => {
    expect(mapped('segment')).toEqual({
      ...{ type: 'track', event: 'Feature Used', properties: { plan: 'pro' } },
      ...{ messageId: event.event_id, userId: 'user-1', anonymousId: 'device-1' },
      timestamp: new Date(event.event_time).toISOString(),
      context: { page: { path: '/' }, sessionId: 's-1' },
    });
    expect(mapped('segment', identify)).toMatchObject({ type: 'identify', traits: { plan: 'pro' } });
    const page = sampleProductEvent({
      kind: 'page_view',
      event_name: 'page_view',
      page_url: 'https://a.example/',
    });
    expect(mapped('segment', page)).toMatchObject({
      type: 'page',
      properties: { url: 'https://a.example/' },
    });
  });

  it('cuts a batch that it refuses in two', () => {
    expect(segment.judge(answer(400), 5, NOW_MS).rest).toEqual({ is: 'split' });
    expect(segment.judge(answer(200, { success: true }), 5, NOW_MS).rest).toEqual({ is: 'delivered' });
  });
});

describe('webhooks', () => {
  it('is signed as the specification’s own example', () => {
    expect(
      signed(
        'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
        'msg_p5jXN8AQM9LWM0D4loKWxJek',
        1_614_265_330,
        '{"test": 2432232314}',
      ),
    ).toBe('g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('has the event’s id on every try, and a signature of its time', () => {
    const { headers, body, path } = requestOf('webhooks', event);
    expect(path).toBe('');
    expect(headers).toMatchObject({
      'webhook-id': event.event_id,
      'webhook-timestamp': String(NOW_MS / 1_000),
    });
    expect(headers['webhook-signature']).toBe(`v1,${signed('key', event.event_id, NOW_MS / 1_000, body)}`);
    expect(JSON.parse(body)).toMatchObject({ type: 'product.track', data: { event_name: 'Feature Used' } });
    expect(webhooks.judge(answer(204), 1, NOW_MS).rest).toEqual({ is: 'delivered' });
    expect(webhooks.judge(answer(422), 1, NOW_MS).rest).toEqual({ is: 'split' });
  });
});
