import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConsentRecord } from './consent-record.ts';
import { jurisdictions } from './jurisdiction.ts';
import { sameStandings, withoutSharing } from './standings.ts';
import { createJudge, subjectOf } from './subject.ts';
import { verdict } from './verdict.ts';

const anyRecord: fc.Arbitrary<ConsentRecord> = fc.record({
  eventId: fc.uuid(),
  userId: fc.constantFrom('u', 'v', null),
  anonymousId: fc.constantFrom('d', null),
  eventTimeMs: fc.nat(40),
  receivedMs: fc.nat(40),
  choices: fc.record(
    { analytics: fc.boolean(), marketing: fc.boolean(), ai: fc.boolean() },
    { requiredKeys: [] },
  ),
  jurisdiction: fc.constantFrom('GDPR', 'CCPA', 'x', null),
  expiresAtMs: fc.option(fc.nat(40)),
});
const anyOccasion = fc.record({
  userId: fc.constantFrom('u', 'v', null),
  anonymousId: fc.constantFrom('d', null),
  eventTimeMs: fc.nat(50),
  receivedMs: fc.nat(50),
  hasOptOutSignal: fc.boolean(),
});

describe('the judge', () => {
  it('finds what the verdict finds, whatever it was asked before', () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { maxLength: 6 }),
        fc.constantFrom(...jurisdictions),
        fc.array(anyOccasion, { maxLength: 12 }),
        (records, law, occasions) => {
          const { judge } = createJudge(law);
          const saidBy = (is: (r: ConsentRecord) => boolean) => {
            const own = records.filter(is);
            return own.length === 0 ? null : subjectOf(own);
          };
          const users = { u: saidBy((r) => r.userId === 'u'), v: saidBy((r) => r.userId === 'v') };
          const device = saidBy((r) => r.anonymousId === 'd');
          for (const occasion of occasions) {
            const { userId, anonymousId } = occasion;
            const parties = {
              ...{ userId, anonymousId, device: anonymousId === null ? null : device },
              user: userId === null ? null : users[userId as 'u' | 'v'],
            };
            const found = judge(parties, occasion.eventTimeMs, occasion.receivedMs);
            const history = { user: parties.user?.records ?? [], device: parties.device?.records ?? [] };
            expect(occasion.hasOptOutSignal ? withoutSharing(found) : found).toEqual(
              verdict(history, law, occasion),
            );
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('looks once at a stretch of time', () => {
    const record = {
      ...{ eventId: 'e', userId: 'u', anonymousId: null, eventTimeMs: 10, receivedMs: 10 },
      ...{ choices: { analytics: true }, jurisdiction: null, expiresAtMs: 30 },
    };
    const user = subjectOf([record]);
    const { judge } = createJudge('gdpr');
    const parties = { userId: 'u', anonymousId: null, user, device: null };
    expect(judge(parties, 12, 12).analytics).toBe('granted');
    const { last } = user;
    expect([last?.fromMs, last?.untilMs]).toEqual([10, 30]);
    judge(parties, 29, 40);
    expect(user.last).toBe(last);
    expect(judge(parties, 30, 40).analytics).toBe('denied');
    expect(judge(parties, 9, 9).analytics).toBe('denied');
  });

  it('has one object for the same standings', () => {
    const standings = { analytics: 'granted', marketing: 'default', ai: 'denied' } as const;
    expect(sameStandings({ ...standings })).toBe(sameStandings({ ...standings }));
    expect(withoutSharing(standings)).toEqual({ ...standings, marketing: 'denied' });
  });
});
