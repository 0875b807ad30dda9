import { sampleProductEvent } from '@fineprint/stream-testing';
import { describe, expect, it } from 'vitest';
import { consentIn } from './consent.ts';
import { destinationRecords } from './index.ts';
import { EVERYTHING, prepare, type Selection } from './prepare.ts';

const { mixpanel, segment } = destinationRecords;
const prepared = (selection: Partial<Selection>, change: Parameters<typeof sampleProductEvent>[0] = {}) =>
  prepare(mixpanel, { ...EVERYTHING, ...selection }, sampleProductEvent(change));
const propertiesOf = (result: ReturnType<typeof prepared>) =>
  result.is === 'mapped' ? (JSON.parse(result.event.json) as { properties: object }).properties : result;

describe('what is forwarded', () => {
  it('only what is selected', () => {
    const selection = { events: new Set(['wanted']), properties: new Set(['plan']) };
    expect(prepared(selection)).toEqual({ is: 'dropped', reason: 'event_not_selected' });
    const wanted = prepared(selection, {
      event_name: 'wanted',
      properties: '{"plan":"pro","note":"private"}',
    });
    expect(propertiesOf(wanted)).toMatchObject({ plan: 'pro' });
    expect(propertiesOf(wanted)).not.toHaveProperty('note');
    const traits = { kind: 'identify', event_name: 'wanted', traits: '{"note":"private"}' } as const;
    expect(propertiesOf(prepared(selection, traits))).not.toHaveProperty('note');
  });

  it('never who produced it, or what the gateway noted', () => {
    const json = JSON.stringify(propertiesOf(prepared({}, { source: 'web-app', flags: ['future_time'] })));
    expect(json).not.toMatch(/web-app|future_time/);
  });

  it('not where the user refused the purpose', () => {
    const denied = { context: '{"consent":{"categoryPreferences":{"Analytics":false}}}' };
    expect(prepared({}, denied)).toEqual({ is: 'dropped', reason: 'consent_denied' });
    expect(prepared({}, { context: '{"consent":{"analytics":true}}' }).is).toBe('mapped');
    expect(prepared({}, { context: '{"consent":"all"}' }).is).toBe('mapped');
    expect(prepared({ withoutConsent: 'drop' })).toEqual({ is: 'dropped', reason: 'consent_unknown' });
    expect(prepared({}, { context: '{"consent":{"marketing":false}}' })).toEqual({
      is: 'dropped',
      reason: 'consent_denied',
    });
    expect(prepared({}, { context: '{"gpc":true}' })).toEqual({ is: 'dropped', reason: 'consent_denied' });
  });

  it('not against the consent in force, whatever the event says', () => {
    const event = sampleProductEvent({ context: '{"consent":{"marketing":true}}' });
    expect(prepare(mixpanel, EVERYTHING, event, 'denied')).toEqual({ is: 'dropped', reason: 'no_consent' });
    const strict = { ...EVERYTHING, withoutConsent: 'drop' } as const;
    expect(prepare(mixpanel, strict, sampleProductEvent(), 'granted').is).toBe('mapped');
    expect(prepare(mixpanel, strict, sampleProductEvent(), 'default').is).toBe('dropped');
  });

  it('not what the destination takes for too large', () => {
    const properties = JSON.stringify({ note: 'x'.repeat(40_000) });
    expect(prepare(segment, EVERYTHING, sampleProductEvent({ properties }))).toEqual({ is: 'too_large' });
    expect(prepare(mixpanel, EVERYTHING, sampleProductEvent({ properties })).is).toBe('mapped');
  });
});

describe('consent', () => {
  it.each([
    [{}, 'unknown'],
    [{ consent: { marketing: false } }, 'denied'],
    [{ consent: { Marketing: true } }, 'granted'],
    [{ consent: { categoryPreferences: { marketing: false }, marketing: true } }, 'denied'],
    [{ gpc: true }, 'denied'],
    [{ dnt: true }, 'denied'],
    [{ consent: { advertising: false, marketing: true } }, 'denied'],
    [{ gpc: true, consent: { marketing: true } }, 'granted'],
    [{ consent: { marketing: 'no' } }, 'unknown'],
    [{ consent: null }, 'unknown'],
  ])('%j is %s', (context, expected) => {
    expect(consentIn(context, 'marketing')).toBe(expected);
  });
});
