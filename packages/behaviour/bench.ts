import { performance } from 'node:perf_hooks';
import {
  applyEvent,
  type BehaviourEvent,
  compileFunnel,
  createFunnelSet,
  createFunnelState,
  type FunnelState,
  parseFunnel,
  progressOf,
} from './src/index.ts';

/**
 * Events per second on one core with 50 funnels of 5 steps: `node packages/behaviour/bench.ts [users] [events]`.
 * Each event goes to the funnels it concerns, and the progress of each is read after it, as a live stage does.
 */
const FUNNELS = 50;
const STEPS = 5;
const EVENT_NAMES = 60;
const users = Number(process.argv[2] ?? 10_000);
const total = Number(process.argv[3] ?? 300_000);

const funnels = Array.from({ length: FUNNELS }, (_, f) => {
  const steps = Array.from({ length: STEPS }, (__, s) => ({ event: `event_${(f + s * 7) % EVENT_NAMES}` }));
  const parsed = parseFunnel({ name: `funnel ${f}`, windowMs: 86_400_000, steps });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return compileFunnel(parsed.value);
});
const set = createFunnelSet(funnels);

let seed = 42;
function random(below: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}

/** One event in twenty is up to an hour late. */
const events = Array.from(
  { length: total },
  (_, i): BehaviourEvent => ({
    eventId: `00000000-0000-4000-8000-${i.toString(16).padStart(12, '0')}`,
    timeMs: 1_700_000_000_000 + i * 100 - (random(20) === 0 ? random(3_600_000) : 0),
    subject: `u:${random(users)}`,
    name: `event_${random(EVENT_NAMES)}`,
    kind: 'track',
    properties: {},
    context: {},
    fields: {},
    traits: null,
  }),
);

const states = new Map<string, FunnelState>();
globalThis.gc?.();
const heapBefore = process.memoryUsage().heapUsed;
let updates = 0;
const startedAt = performance.now();
for (const event of events) {
  set.forEachMatch(event, (index) => {
    const funnel = funnels[index];
    if (funnel === undefined) return;
    const key = `${index} ${event.subject}`;
    let state = states.get(key);
    if (state === undefined) {
      state = createFunnelState(funnel);
      states.set(key, state);
    }
    applyEvent(funnel, state, event);
    progressOf(funnel, state, event.timeMs);
    updates++;
  });
}
const seconds = (performance.now() - startedAt) / 1_000;
globalThis.gc?.();
const heapBytes = process.memoryUsage().heapUsed - heapBefore;
console.log(
  `${Math.round(total / seconds)} events/s, ${Math.round(updates / seconds)} funnel updates/s; ` +
    `${states.size} states of ${Math.round(heapBytes / states.size)} bytes, ${Math.round(heapBytes / updates)} bytes per kept event`,
);
