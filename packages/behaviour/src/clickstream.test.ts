import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import reference from '../reference/reference.json' with { type: 'json' };
import { adoptionOf } from './adoption/adoption.ts';
import { stickinessOf } from './adoption/stickiness.ts';
import { quantile } from './distinct.ts';
import type { BehaviourEvent } from './event.ts';
import { applyEvent } from './funnel/apply.ts';
import { type CompiledFunnel, compileFunnel } from './funnel/compile.ts';
import { type FunnelOrder, parseFunnel } from './funnel/definition.ts';
import { mergeFunnelStates } from './funnel/merge.ts';
import { createFunnelState, type FunnelState, progressOf } from './funnel/state.ts';
import { createIdentityMap } from './identity/links.ts';
import { journeysOf } from './journeys/journeys.ts';
import { sessionsOf } from './journeys/sessions.ts';
import { type RetentionMode, retention } from './retention/retention.ts';
import { CLICKSTREAM, readClickstream } from './testing/clickstream.ts';
import { disturb } from './testing/events.ts';
import type { Period } from './time.ts';

/** Real input against figures that reference.py took from the raw file: sent shuffled, late and with a fifth twice. */
const events = readClickstream();
const sent = disturb(events, 20_240_106);
const asOfMs = Date.UTC(2024, 5, 29, 22, 2, 40);
const everything = () => true;
const named = (name: string) => (event: BehaviourEvent) => event.name === name;
const limits = { latenessMs: Number.POSITIVE_INFINITY, maxEvents: 10_000 };

function funnelOf(order: FunnelOrder): CompiledFunnel {
  const whole = ['product_view', 'add_to_cart', 'cart', 'shipping_details', 'purchase'];
  const names = order === 'strict' ? ['catalog', 'product_view', 'add_to_cart'] : whole;
  const steps = names.map((event) => ({ event }));
  const parsed = parseFunnel({ name: 'checkout', order, windowMs: 86_400_000, steps });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return compileFunnel(parsed.value);
}

function statesOf(funnel: CompiledFunnel, subjectOf: (event: BehaviourEvent) => string) {
  const states = new Map<string, FunnelState>();
  for (const event of sent) {
    const subject = subjectOf(event);
    const state = states.get(subject) ?? createFunnelState(funnel);
    states.set(subject, state);
    applyEvent(funnel, state, event, limits);
  }
  return states;
}

function summary(funnel: CompiledFunnel, states: ReadonlyMap<string, FunnelState>) {
  const levels = new Array<number>(funnel.stepCount + 1).fill(0);
  const counts: Record<string, number> = {};
  const durations: number[] = [];
  const hash = createHash('sha256');
  for (const user of [...states.keys()].sort()) {
    const { level, best, state } = progressOf(funnel, states.get(user) ?? createFunnelState(funnel), asOfMs);
    levels[level] = (levels[level] ?? 0) + 1;
    counts[state] = (counts[state] ?? 0) + 1;
    const times = (best?.stepTimes ?? []).filter((time) => time !== null);
    if (state === 'converted') durations.push(Math.max(...times) - Math.min(...times));
    hash.update(`${user} ${(best?.stepTimes ?? []).map((time) => time ?? '-').join(',')}\n`);
  }
  const medianMs = quantile(
    durations.sort((a, b) => a - b),
    0.5,
  );
  const summed = { levels, medianMs, sha256OfUserTimes: hash.digest('hex') };
  return funnel.order === 'ordered' ? { ...summed, states: counts } : summed;
}

describe('the real clickstream, as the independent script counted it', () => {
  it('is the same file', () => {
    const sha256 = createHash('sha256').update(readFileSync(CLICKSTREAM)).digest('hex');
    expect({ sha256, events: events.length }).toEqual(reference.file);
    expect(sent.length).toBeGreaterThan(events.length * 1.18);
  });

  it.each(['ordered', 'strict', 'any'] as const)('%s funnel: each user, each step, each time', (order) => {
    const funnel = funnelOf(order);
    expect(
      summary(
        funnel,
        statesOf(funnel, (event) => event.subject),
      ),
    ).toEqual(reference.funnel[order]);
  });

  it('ordered funnel of users whose every third session was anonymous until identify', () => {
    const funnel = funnelOf('ordered');
    const device = (event: BehaviourEvent) => `device-${event.subject}`;
    const states = statesOf(funnel, (event) => {
      const anonymous = Number(event.fields.session_id?.slice(-1)) % 3 === 0;
      return anonymous ? `a:${device(event)}` : `u:${event.subject}`;
    });
    const identity = createIdentityMap(
      events.map((event) => ({ anonymousId: device(event), userId: event.subject, timeMs: event.timeMs })),
    );
    const joined = [...new Set(events.map((event) => event.subject))].map((user): [string, FunnelState] => {
      const parts = identity
        .membersOf(`u:${user}`)
        .map((member) => states.get(member) ?? createFunnelState(funnel));
      return [user, parts.reduce((a, b) => mergeFunnelStates(funnel, a, b, limits))];
    });
    expect(states.size).toBeGreaterThan(700);
    expect(summary(funnel, new Map(joined))).toEqual(reference.funnel.ordered);
  });

  it.each([
    ['monthly', 'month', { type: 'n_day', periods: 5 }],
    ['weekly', 'week', { type: 'n_day', periods: 8 }],
    ['weeklyUnbounded', 'week', { type: 'unbounded', periods: 8 }],
  ] as [keyof typeof reference.retention, Period, RetentionMode][])('%s retention', (name, period, mode) => {
    const found = retention(sent, { acquired: everything, returned: everything, period, mode, asOfMs });
    expect(found.map((row) => [row.cohort, row.size, row.cells.map((cell) => cell?.users ?? null)])).toEqual(
      reference.retention[name],
    );
  });

  it('sessions and paths', () => {
    const sessions = sessionsOf(sent);
    expect(sessions).toHaveLength(reference.sessions);
    const journeys = (direction: 'from' | 'to', anchor: string, maxSteps: number) => {
      const found = journeysOf(sessions, { direction, anchor: named(anchor), maxSteps, topK: 10 });
      return {
        sessions: found.sessions,
        top: found.paths.map((path) => [path.steps, path.sessions]),
        otherPaths: found.otherPaths.paths,
        otherSessions: found.otherPaths.sessions,
      };
    };
    expect(journeys('from', 'home', 5)).toEqual(reference.pathsFromHome);
    expect(journeys('to', 'purchase', 4)).toEqual(reference.pathsToPurchase);
  });

  it('adoption and stickiness', () => {
    expect(adoptionOf(sent, named('wishlist_add'))).toMatchObject(reference.adoption);
    const { days } = stickinessOf(sent, everything, Date.UTC(2024, 2, 1), Date.UTC(2024, 5, 1));
    const rows = days.map(({ dau, wau, mau }) => [dau, wau, mau]);
    const sums = [0, 1, 2].map((i) => rows.reduce((sum, row) => sum + (row[i] ?? 0), 0));
    expect({ first: rows[0], last: rows.at(-1), sums }).toEqual(reference.stickiness);
  });
});
