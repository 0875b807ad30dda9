import { expect, it } from 'vitest';
import { fromProductEvent } from './event.ts';

const record = {
  event_id: '00000000-0000-4000-8000-000000000001',
  kind: 'conversion',
  event_name: 'paid',
  event_time: 5,
  user_id: 'u',
  anonymous_id: null,
  session_id: null,
  source: 'web',
  properties: '{"plan":"pro"}',
  context: '[1]',
  client_event_time: null,
  flags: [],
  traits: null,
  page_url: null,
  page_title: null,
  page_referrer: null,
  funnel_name: null,
  step_name: null,
  step_order: null,
  conversion_type: 'purchase',
  conversion_value: 3,
  currency: 'EUR',
  feature: null,
  engagement_action: null,
  engagement_duration_ms: null,
} as const;

it('shows a record of the clean topic, and no properties where there is no JSON object', () => {
  const event = fromProductEvent(record, 'u:u');
  expect(event).toMatchObject({ eventId: record.event_id, timeMs: 5, subject: 'u:u', name: 'paid' });
  expect(event.properties).toEqual({ plan: 'pro' });
  expect(event.properties).toBe(event.properties);
  expect(event.context).toEqual({});
  expect(fromProductEvent({ ...record, properties: '{"half' }, 'u').properties).toEqual({});
  expect(event.fields.currency).toBe('EUR');
});
