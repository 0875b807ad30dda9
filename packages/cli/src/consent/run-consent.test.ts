import { describe, expect, it } from 'vitest';
import { consentOf, renderHistory } from './run-consent.ts';

describe('consent record', () => {
  it('becomes what the gateway takes', () => {
    expect(
      consentOf({
        ...{
          user: 'u',
          allow: 'analytics, ai',
          deny: 'marketing',
          method: 'operator',
          proof: '{"ticket":1}',
        },
      }),
    ).toEqual({
      ...{ user_id: 'u', method: 'operator', proof: { ticket: 1 } },
      categories: { analytics: true, ai: true, marketing: false },
    });
  });

  it.each([
    [{ user: 'u' }, /Nothing is allowed/],
    [{ allow: 'ai' }, /Nobody is named/],
    [{ user: 'u', allow: 'ai', deny: 'ai' }, /allowed and denied/],
    [{ user: 'u', allow: 'ai', proof: '[1]' }, /no JSON object/],
    [{ user: 'u', allow: 'ai', proof: 'x' }, /no JSON object/],
  ])('%j is a wrong command line', (options, message) => {
    expect(() => consentOf({ method: 'operator', ...options })).toThrow(message);
  });
});

it('consent show tells what counts, and what was said', () => {
  const one = {
    ...{ event_time: '2026-01-31T00:00:00.000Z', user_id: 'u', anonymous_id: null, jurisdiction: 'GDPR' },
    ...{
      method: 'banner',
      expires_at: null,
      source: 'web',
      categories: { analytics: true, marketing: false },
    },
  };
  const in_force = { analytics: 'granted', marketing: 'denied', ai: 'unknown' };
  const text = renderHistory({ subject: 'u', in_force, records: [one], next_offset: null });
  expect(text).toContain('Now: analytics granted, marketing denied, ai unknown');
  expect(text).toMatch(/2026-01-31T00:00:00.000Z +analytics +marketing +u/);
  expect(renderHistory({ subject: 'u', in_force, records: [], next_offset: null })).toContain('said nothing');
});
