import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chosenCategories } from './category.ts';
import type { ConsentRecord } from './consent-record.ts';
import { choicesOf } from './consent-record.ts';
import { type Jurisdiction, jurisdictionFor, jurisdictions } from './jurisdiction.ts';
import { CONSENT_HEADER, stampOf, standingIn } from './stamp.ts';
import { NOTHING_SAID, type Occasion, verdict } from './verdict.ts';

const occasion = (change: Partial<Occasion> = {}): Occasion => ({
  userId: 'u',
  anonymousId: null,
  eventTimeMs: 100,
  receivedMs: 100,
  hasOptOutSignal: false,
  ...change,
});
let next = 0;
const said = (change: Partial<ConsentRecord> = {}): ConsentRecord => ({
  eventId: String(next++),
  userId: 'u',
  anonymousId: null,
  eventTimeMs: 10,
  receivedMs: 10,
  choices: { analytics: true },
  jurisdiction: null,
  expiresAtMs: null,
  ...change,
});
const yes = { analytics: true };
const no = { analytics: false };
const analytics = (
  user: ConsentRecord[],
  device: ConsentRecord[] = [],
  change: Partial<Occasion> = {},
  law: Jurisdiction = 'gdpr',
) => verdict({ user, device }, law, occasion(change)).analytics;

describe('the table of defaults', () => {
  it.each([
    [true, true, 'denied', 'denied'],
    [true, false, 'denied', 'denied'],
    [false, true, 'default', 'default'],
    [false, false, 'default', 'default'],
  ])('GDPR %s, CCPA %s: storing %s, sharing %s', (GDPR_COMPLIANT, CCPA_COMPLIANT, store, share) => {
    const law = jurisdictionFor({ GDPR_COMPLIANT, CCPA_COMPLIANT });
    expect(verdict(NOTHING_SAID, law, occasion())).toMatchObject({
      analytics: store,
      marketing: share,
      ai: store,
    });
  });

  it('takes a signal of the browser for a no to sharing, and to nothing else', () => {
    for (const law of jurisdictions) {
      const standings = verdict(
        { user: [said({ choices: { marketing: true, analytics: true } })], device: [] },
        law,
        occasion({ hasOptOutSignal: true }),
      );
      expect(standings).toMatchObject({ analytics: 'granted', marketing: 'denied' });
    }
  });

  it('says of nobody that nobody minds', () => {
    const nobody = occasion({ userId: null });
    expect(verdict(NOTHING_SAID, 'gdpr', nobody).analytics).toBe('default');
  });

  it('follows the law that the person was asked under, where a law is configured', () => {
    const asked = said({ choices: { ai: true }, jurisdiction: 'CCPA' });
    expect(analytics([asked])).toBe('default');
    expect(analytics([said({ choices: {}, jurisdiction: 'gdpr' })], [], {}, 'ccpa')).toBe('denied');
    expect(analytics([said({ choices: {}, jurisdiction: 'gdpr' })], [], {}, 'none')).toBe('default');
    expect(analytics([said({ choices: {}, jurisdiction: 'atlantis' })])).toBe('denied');
  });
});

describe('the consent in force', () => {
  it('is the last word before the event, by the event’s time and not by when it is looked at', () => {
    const history = [said({ choices: yes }), said({ choices: no, eventTimeMs: 50, receivedMs: 50 })];
    expect(analytics(history, [], { eventTimeMs: 49 })).toBe('granted');
    expect(analytics(history, [], { eventTimeMs: 50 })).toBe('denied');
    expect(analytics(history, [], { eventTimeMs: 9 })).toBe('denied');
    expect(analytics(history, [], { eventTimeMs: 9 }, 'ccpa')).toBe('default');
  });

  it('does not know what was received after the event', () => {
    expect(analytics([said({ receivedMs: 101 })])).toBe('denied');
    expect(analytics([said({ receivedMs: 100 })])).toBe('granted');
  });

  it('ends a yes when it expires, and never a no', () => {
    expect(analytics([said({ expiresAtMs: 101 })])).toBe('granted');
    expect(analytics([said({ expiresAtMs: 100 })])).toBe('denied');
    expect(analytics([said({ expiresAtMs: 100 })], [], {}, 'ccpa')).toBe('default');
    expect(analytics([said({ choices: no, expiresAtMs: 100 })], [], {}, 'ccpa')).toBe('denied');
  });

  it('takes the no of two words at one moment', () => {
    const both = [said({ choices: yes }), said({ choices: no })];
    expect(analytics(both)).toBe('denied');
    expect(analytics(both.toReversed())).toBe('denied');
    expect(choicesOf({ advertising: false, Marketing: true, coffee: true })).toEqual({ marketing: false });
  });

  it('joins a user and a device: a no is lifted only by a yes that names the user', () => {
    const device = (choices: object, eventTimeMs: number, userId: string | null = null) =>
      said({ userId, anonymousId: 'd', choices, eventTimeMs });
    const at = { anonymousId: 'd' };
    expect(analytics([], [device(yes, 20)], at)).toBe('granted');
    expect(analytics([said({ choices: no })], [device(yes, 20)], at)).toBe('denied');
    expect(analytics([said({ choices: yes })], [device(no, 20)], at)).toBe('denied');
    expect(analytics([said({ choices: yes, eventTimeMs: 30 })], [device(no, 20)], at)).toBe('granted');
    // Somebody else at the same device.
    expect(analytics([said({ choices: yes })], [device(no, 20, 'other')], at)).toBe('granted');
    expect(analytics([], [device(no, 20, 'other')], { ...at, userId: null })).toBe('denied');
  });
});

const anyRecord = fc.record({
  eventId: fc.uuid(),
  userId: fc.constantFrom('u', null),
  anonymousId: fc.constantFrom('d', null),
  eventTimeMs: fc.nat(200),
  receivedMs: fc.nat(200),
  choices: fc.record(
    { analytics: fc.boolean(), marketing: fc.boolean(), ai: fc.boolean() },
    { requiredKeys: [] },
  ),
  jurisdiction: fc.constantFrom('GDPR', 'CCPA', 'x', null),
  expiresAtMs: fc.option(fc.nat(200)),
});
const anyLaw = fc.constantFrom(...jurisdictions);
const anyOccasion = fc.record({
  userId: fc.constantFrom('u', null),
  anonymousId: fc.constantFrom('d', null),
  eventTimeMs: fc.nat(200),
  receivedMs: fc.nat(200),
  hasOptOutSignal: fc.boolean(),
});
/** As the index has them: by the ids that a record names. */
const historyOf = (records: readonly ConsentRecord[]) => ({
  user: records.filter((r) => r.userId === 'u'),
  device: records.filter((r) => r.anonymousId === 'd'),
});

describe('of any history', () => {
  it('the order in which records came to be known does not matter, nor that one is known twice', () => {
    fc.assert(
      fc.property(fc.array(anyRecord), anyLaw, anyOccasion, (records, law, at) => {
        const standings = verdict(historyOf(records), law, at);
        expect(verdict(historyOf(records.toReversed()), law, at)).toEqual(standings);
        expect(verdict(historyOf([...records, ...records]), law, at)).toEqual(standings);
      }),
    );
  });

  it('what is said or received later changes nothing', () => {
    fc.assert(
      fc.property(fc.array(anyRecord), anyLaw, anyOccasion, (records, law, at) => {
        const before = records.filter(
          (r) => r.eventTimeMs <= at.eventTimeMs && r.receivedMs <= at.receivedMs,
        );
        expect(verdict(historyOf(records), law, at)).toEqual(verdict(historyOf(before), law, at));
      }),
    );
  });

  it('one more no never lets anything through, and a no of the user now holds', () => {
    fc.assert(
      fc.property(fc.array(anyRecord), anyRecord, anyLaw, anyOccasion, (records, more, law, at) => {
        const before = verdict(historyOf(records), law, at);
        const refusal = {
          ...more,
          choices: { analytics: false, marketing: false, ai: false },
          jurisdiction: null,
        };
        const after = verdict(historyOf([...records, refusal]), law, at);
        for (const category of chosenCategories)
          if (before[category] === 'denied') expect(after[category]).toBe('denied');
        const now = { ...refusal, userId: 'u', eventTimeMs: at.eventTimeMs, receivedMs: at.receivedMs };
        const told = verdict(historyOf([...records, now]), law, { ...at, userId: 'u' });
        for (const category of chosenCategories) expect(told[category]).toBe('denied');
      }),
    );
  });

  it('without a law everything passes unless somebody or the browser said no', () => {
    fc.assert(
      fc.property(fc.array(anyRecord), anyOccasion, (records, at) => {
        const granting = records.map((r) => ({
          ...r,
          choices: Object.fromEntries(Object.entries(r.choices).filter(([, isGranted]) => isGranted)),
        }));
        const { analytics: stored, ai } = verdict(historyOf(granting), 'none', at);
        expect([stored, ai]).not.toContain('denied');
      }),
    );
  });

  it('the stamp tells the standings', () => {
    fc.assert(
      fc.property(fc.array(anyRecord), anyLaw, anyOccasion, (records, law, at) => {
        const standings = verdict(historyOf(records), law, at);
        const stamp = stampOf(standings);
        for (const category of chosenCategories)
          expect(standingIn(stamp, category)).toBe(standings[category]);
      }),
    );
    expect(CONSENT_HEADER).toBe('fp-consent');
    expect(standingIn('marketing=maybe,analytics', 'marketing')).toBe('default');
  });
});
