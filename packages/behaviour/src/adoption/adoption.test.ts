import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { day, disturb, sampleEvent } from '../testing/events.ts';
import { DAY_MS } from '../time.ts';
import { adoptionOf } from './adoption.ts';
import { stickinessOf } from './stickiness.ts';

const use = (subject: string, timeMs: number, action: string) =>
  sampleEvent({
    subject,
    timeMs,
    kind: 'engagement',
    name: 'engagement',
    fields: { feature: 'export', engagement_action: action },
  });
const isUse = (event: { kind: string }) => event.kind === 'engagement';
const everything = () => true;

describe('adoption', () => {
  it('says how many, how often, how deep and how soon', () => {
    const events = [
      ...['ann', 'bob', 'cyd', 'dan'].map((subject) => sampleEvent({ subject, timeMs: 0 })),
      use('ann', 1_000, 'open'),
      use('ann', 2_000, 'save'),
      use('ann', 3_000, 'save'),
      use('bob', 5_000, 'open'),
    ];
    expect(adoptionOf(disturb(events, 3), isUse)).toEqual({
      activeUsers: 4,
      adopters: 2,
      reach: 0.5,
      uses: 4,
      frequencyMean: 2,
      frequencyMedian: 2,
      depthMean: 1.5,
      timeToFirstUseMedianMs: 3_000,
      timeToFirstUseP90Ms: 4_600,
    });
  });

  it('divides by nobody without making up a number', () => {
    expect(adoptionOf([], isUse)).toMatchObject({
      activeUsers: 0,
      reach: null,
      frequencyMean: null,
      depthMean: null,
    });
    expect(stickinessOf([], everything, 0, DAY_MS)).toMatchObject({
      dauOverMau: null,
      days: [{ dau: 0, mau: 0 }],
    });
  });
});

describe('stickiness', () => {
  it('equals counting the users of each stretch of days one by one', () => {
    const visits = fc.array(fc.tuple(fc.constantFrom('ann', 'bob', 'cyd'), fc.integer({ min: 1, max: 80 })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(visits, (all) => {
        const events = all.map(([subject, n]) => sampleEvent({ subject, timeMs: day(n) }));
        const found = stickinessOf(events, everything, day(20, 0), day(60, 0));
        expect(found.days).toHaveLength(40);
        for (const [i, row] of found.days.entries()) {
          const users = (span: number) =>
            new Set(all.filter(([, n]) => n <= 20 + i && n > 20 + i - span).map(([subject]) => subject)).size;
          expect([row.dau, row.wau, row.mau]).toEqual([users(1), users(7), users(30)]);
        }
      }),
    );
  });
});
