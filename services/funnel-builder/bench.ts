import { type DefinitionKind, parseDefinition } from '@fineprint/definitions';
import { createRecordDecoder, createRecordEncoder } from '@fineprint/stream-runtime';
import { createMemoryRegistry, sampleProductEvent } from '@fineprint/stream-testing';
import { PartitionState } from './src/partition-state.ts';
import { type CountedDefinition, createTable, trackDefinition } from './src/tracked-definition.ts';

/**
 * 50 funnels of 5 steps: `node --expose-gc services/funnel-builder/bench.ts [users] [events] [active]`. Of all users, `active`
 * ones send events at a time, ten each, then others do; active = users: everybody at any time. Events as they come in decoded; a
 * flush after every 10,000. Then everything published is read back, as a restart does. Rates are per second of processor time,
 * so that other work on the machine does not count.
 */
const FUNNELS = 50;
const STEPS = 5;
const EVENT_NAMES = 60;
const FLUSH_EVENTS = 10_000;
const users = Number(process.argv[2] ?? 10_000);
const total = Number(process.argv[3] ?? 300_000);
const active = Number(process.argv[4] ?? 500);
const EVENTS_PER_VISIT = 10;

const definitions = Array.from({ length: FUNNELS }, (_, f): CountedDefinition => {
  const steps = Array.from({ length: STEPS }, (__, s) => ({ event: `event_${(f + s * 7) % EVENT_NAMES}` }));
  const body = { name: `funnel ${f}`, windowMs: 86_400_000, steps };
  const parsed = parseDefinition('funnel' as DefinitionKind, body);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { kind: 'funnel', name: parsed.value.name, version: 1, value: parsed.value } as CountedDefinition;
});

let seed = 42;
function random(below: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * below);
}
const visitors = Array.from({ length: active }, (_, i) => i % users);
function nextVisitor(): number {
  const place = random(active);
  const visitor = visitors[place] ?? 0;
  if (active < users && random(EVENTS_PER_VISIT) === 0) visitors[place] = random(users);
  return visitor;
}

/** One event in twenty is up to an hour late. */
const eventAt = (i: number) =>
  sampleProductEvent({
    event_id: `00000000-0000-4000-8000-${i.toString(16).padStart(12, '0')}`,
    event_time: 1_700_000_000_000 + i * 100 - (random(20) === 0 ? random(3_600_000) : 0),
    user_id: `user-${nextVisitor()}`,
    event_name: `event_${random(EVENT_NAMES)}`,
  });

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const heapBytes = () => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};
const heapBefore = heapBytes();
const state = new PartitionState(Number.POSITIVE_INFINITY);
state.follow(
  definitions,
  state.missing(definitions).map((d) => ({
    tracked: trackDefinition(d, createTable(d.kind, state.budget), -1),
    about: '{}',
  })),
);
let published = 0;
let countMs = 0;
let takeMs = 0;
const latest = new Map<string, Parameters<PartitionState['restore']>[0]>();
for (let from = 0; from < total; from += FLUSH_EVENTS) {
  const events = Array.from({ length: Math.min(FLUSH_EVENTS, total - from) }, (_, i) => eventAt(from + i));
  const startedAt = cpuMs();
  for (const [i, event] of events.entries()) state.count(event, from + i);
  const countedAt = cpuMs();
  countMs += countedAt - startedAt;
  for (;;) {
    const taken = state.takeSnapshots({ offset: from + FLUSH_EVENTS - 1, sourceOffset: -1 });
    if (taken.length === 0) break;
    published += taken.length;
    for (const { key, record } of taken) if (record !== null) latest.set(key, record);
  }
  takeMs += cpuMs() - countedAt;
}
const perSecond = (n: number, ms: number) => Math.round(n / (ms / 1_000)).toLocaleString('en');
console.log(
  `${perSecond(total, countMs)} events/s counted; ${perSecond(published, takeMs)} snapshots/s taken ` +
    `(${(published / total).toFixed(1)} per event); ${perSecond(total, countMs + takeMs)} events/s together`,
);

const registry = createMemoryRegistry();
const encoder = await createRecordEncoder(registry, ['subject.behaviour']);
const decoder = createRecordDecoder(registry, () => 0);
const startedAt = cpuMs();
const values = [...latest.values()].map((record) => encoder.encode('subject.behaviour', record));
console.log(`${perSecond(values.length, cpuMs() - startedAt)} snapshots/s encoded`);
latest.clear();
const heldBytes = heapBytes() - heapBefore;
console.log(
  `${state.states} states, ${Math.round(heldBytes / state.states)} bytes each, ` +
    `${Math.round(state.budget.usedBytes / state.states)} by its own account`,
);

const readAt = cpuMs();
const restored = new PartitionState(Number.POSITIVE_INFINITY);
await decoder.prepare(values.slice(0, 1));
for (const value of values) {
  const decoded = decoder.decode('subject.behaviour', value);
  if (decoded.ok) restored.restore(decoded.record);
}
restored.follow(definitions, []);
console.log(`${perSecond(values.length, cpuMs() - readAt)} snapshots/s read back`);
