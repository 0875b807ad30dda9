import { destinations } from '@fineprint/topology';
import { expect, test } from 'vitest';
import { describeDestinations } from './run-list.ts';
import { dryRun } from './run-test.ts';

const EVENT =
  '{"event_name":"hello","user_id":"u-1","properties":{"note":"write to ada@example.com","plan":"pro"}}';
const NOW_MS = Date.UTC(2026, 0, 31);

test.each(destinations)(
  '%s: the request that an event would become, scrubbed and without the key',
  (name) => {
    const env = {
      MIXPANEL_TOKEN: 'tok-1',
      AMPLITUDE_API_KEY: 'tok-1',
      SEGMENT_WRITE_KEY: 'tok-1',
      WEBHOOK_SECRET: 'tok-1',
    };
    const result = dryRun(name, EVENT, { ...env, WEBHOOK_BASE_URL: 'https://hooks.example/in' }, NOW_MS);
    const text = JSON.stringify(result);
    expect(result.outcome).toBe('sent');
    expect(text).toContain('hello');
    expect(text).toContain('[EMAIL]');
    expect(text).not.toMatch(/ada@|tok-1/);
  },
);

test('says which rule leaves an event out', () => {
  expect(dryRun('mixpanel', EVENT, { MIXPANEL_EVENTS: 'purchase' }, NOW_MS)).toEqual({
    outcome: 'dropped',
    reason: 'event_not_selected',
  });
  expect(dryRun('amplitude', '{"event_name":"hello"}', {}, NOW_MS)).toEqual({
    outcome: 'dropped',
    reason: 'no_subject',
  });
  const large = JSON.stringify({
    event_name: 'hello',
    user_id: 'u',
    properties: { note: 'word '.repeat(8_000) },
  });
  expect(dryRun('segment', large, {}, NOW_MS)).toEqual({ outcome: 'rejected', reason: 'event_too_large' });
});

test.each(['', '[]', 'null', '{"event_name":1}', '{"kind":"drop table"}'])(
  'refuses %j as the gateway does',
  (text) => {
    expect(() => dryRun('mixpanel', text, {}, NOW_MS)).toThrow(/The gateway would refuse this event/);
  },
);

test('lists what is on, and what would switch the others on', () => {
  const list = describeDestinations({
    MIXPANEL_TOKEN: 't',
    MIXPANEL_BASE_URL: 'http://127.0.0.1:1',
    WEBHOOK_SECRET: 's',
  });
  expect(list.map((d) => [d.destination, d.is_on, d.missing])).toEqual([
    ['mixpanel', true, []],
    ['amplitude', false, ['AMPLITUDE_API_KEY']],
    ['segment', false, ['SEGMENT_WRITE_KEY']],
    ['webhooks', false, ['WEBHOOK_BASE_URL']],
  ]);
  expect(list[0]?.url).toBe('http://127.0.0.1:1');
});
