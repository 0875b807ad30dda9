import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MAX_RECORDED_SLOTS, type MissedPolicy, planSlots } from './plan-slots.ts';
import { dailyAt, every, type Schedule, slotAtOrBefore } from './schedule.ts';

const HOUR_MS = 3_600_000;
const HOURLY = every(60);
const at = (hour: number, minute = 0) => Date.UTC(2026, 0, 5, hour, minute);
const none = { waiting: [] };

it('plans a slot once it has come, and not again', () => {
  const plan = planSlots(HOURLY, { type: 'latest' }, { plannedUntilMs: at(1), ...none }, at(2, 1));
  expect(plan).toEqual({ wait: [at(2)], skip: [], plannedUntilMs: at(2), nextSlotMs: at(3), isCut: false });
  const again = planSlots(HOURLY, { type: 'latest' }, { plannedUntilMs: at(2), waiting: [at(2)] }, at(2, 59));
  expect(again).toMatchObject({ wait: [], skip: [], plannedUntilMs: at(2) });
});

it.each<[MissedPolicy, number[]]>([
  [{ type: 'each', atMost: 48 }, [2, 3, 4, 5]],
  [{ type: 'each', atMost: 3 }, [3, 4, 5]],
  [{ type: 'latest' }, [5]],
  [{ type: 'skip', graceMs: HOUR_MS }, [5]],
  [{ type: 'skip', graceMs: 60_000 }, []],
])('after downtime from 2 to 5: %o', (missed, hours) => {
  const plan = planSlots(HOURLY, missed, { plannedUntilMs: at(1), ...none }, at(5, 20));
  expect(plan.wait).toEqual(hours.map((h) => at(h)));
  expect([...plan.wait, ...plan.skip].sort()).toEqual([2, 3, 4, 5].map((h) => at(h)));
  expect(plan.plannedUntilMs).toBe(at(5));
});

it('a slot that waits too long, because all workers are busy, is treated like one that was missed', () => {
  const state = { plannedUntilMs: at(2), waiting: [at(2)] };
  expect(planSlots(HOURLY, { type: 'latest' }, state, at(3))).toMatchObject({ wait: [at(3)], skip: [at(2)] });
  expect(planSlots(HOURLY, { type: 'each', atMost: 2 }, state, at(3))).toMatchObject({
    wait: [at(3)],
    skip: [],
  });
});

it('a clock that goes back plans nothing twice', () => {
  const plan = planSlots(HOURLY, { type: 'each', atMost: 9 }, { plannedUntilMs: at(5), ...none }, at(3));
  expect(plan).toMatchObject({ wait: [], skip: [], plannedUntilMs: at(5), nextSlotMs: at(6) });
});

it('records only the newest slots of a long downtime', () => {
  const plan = planSlots(every(1), { type: 'latest' }, { plannedUntilMs: 0, ...none }, at(0));
  expect([plan.wait.length, plan.skip.length, plan.isCut]).toEqual([1, MAX_RECORDED_SLOTS - 1, true]);
  expect(plan.wait).toEqual([at(0)]);
});

/** Looks at the clock at these moments; nobody runs anything. Answers what was decided on each slot last. */
function look(schedule: Schedule, missed: MissedPolicy, startMs: number, moments: readonly number[]) {
  let plannedUntilMs = slotAtOrBefore(schedule, startMs);
  let waiting: readonly number[] = [];
  const decided: number[] = [];
  const skipped: number[] = [];
  for (const now of moments) {
    const plan = planSlots(schedule, missed, { plannedUntilMs, waiting }, now);
    decided.push(...plan.wait, ...plan.skip.filter((slot) => !waiting.includes(slot)));
    skipped.push(...plan.skip);
    waiting = [...waiting, ...plan.wait].filter((slot) => !plan.skip.includes(slot));
    ({ plannedUntilMs } = plan);
  }
  return { decided, waiting, skipped };
}

it('however often the clock is looked at, each slot is decided on once and the same ones wait in the end', () => {
  const policies = fc.oneof(
    fc.integer({ min: 1, max: 5 }).map((atMost): MissedPolicy => ({ type: 'each', atMost })),
    fc.constant<MissedPolicy>({ type: 'latest' }),
    fc.integer({ min: 0, max: 5 * HOUR_MS }).map((graceMs): MissedPolicy => ({ type: 'skip', graceMs })),
  );
  const schedules = fc.constantFrom(HOURLY, every(15), dailyAt('02:00'));
  const steps = fc.array(fc.integer({ min: 0, max: 8 * HOUR_MS }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(schedules, policies, fc.nat(HOUR_MS), steps, (schedule, missed, offset, gaps) => {
      const start = at(0) + offset;
      const moments = gaps.map((_, i) => start + gaps.slice(0, i + 1).reduce((a, b) => a + b, 0));
      const often = look(schedule, missed, start, moments);
      const once = look(schedule, missed, start, moments.slice(-1));
      expect(new Set(often.decided).size).toBe(often.decided.length);
      expect(often.decided.sort()).toEqual(once.decided.sort());
      expect(often.waiting).toEqual(once.waiting);
      expect(often.skipped.sort()).toEqual(once.skipped.sort());
    }),
  );
});
