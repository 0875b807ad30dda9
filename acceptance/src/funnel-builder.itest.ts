import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  compileFunnel,
  createFunnelState,
  createIdentityMap,
  type FunnelState,
  mergeFunnelStates,
  progressOf,
} from '@fineprint/behaviour';
import { bruteForceBest } from '@fineprint/behaviour/testing';
import { archiveDefinition, loadActive, saveDefinition } from '@fineprint/definitions';
import { expectedFrom, type Placed, PublishedView } from '@fineprint/funnel-builder/testing';
import { useTestStack } from '@fineprint/stack/testing';
import {
  connectRegistry,
  createRecordDecoder,
  createRecordEncoder,
  type KafkaConnection,
  type RecordDecoder,
  type RecordEncoder,
  type RecordWriter,
} from '@fineprint/stream-runtime';
import { sampleProductEvent } from '@fineprint/stream-testing';
import { topics } from '@fineprint/topology';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { prepareStack } from './prepare-stack.ts';
import { seeded } from './random.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const INPUT = 'product.events.clean';
const OUTPUT = 'subject.behaviour';
const PARTITIONS = topics[INPUT].partitions;
const RUN = randomUUID().slice(0, 8);
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const T0 = Date.UTC(2026, 5, 1);
const INSTANCES = 3;
const WAVES = 10;
const USERS = 150;
const EVENTS_PER_WAVE = 200;
const SETTLES_WITHIN_MS = 90_000;

const random = seeded(SEED);
const below = (n: number) => Math.floor(random() * n);
const sent: Placed[] = [];
let builders: ServiceProcess[] = [];
let kafka: KafkaConnection;
let writer: RecordWriter;
let encoder: RecordEncoder;
let decoder: RecordDecoder;
let pool: Pool;

beforeAll(async () => {
  const { endpoints, env } = useTestStack();
  kafka = await prepareStack(RUN);
  pool = new Pool({ connectionString: endpoints.databaseUrl, max: 2 });
  writer = await kafka.writer();
  const registry = connectRegistry(endpoints.schemaRegistryUrl);
  encoder = await createRecordEncoder(registry, [INPUT]);
  decoder = createRecordDecoder(registry, () => Date.now());
  const first = await startService('funnel-builder', env);
  await first.ready(); // it registers the schemas; two that do so at once would contradict each other
  const others = Array.from({ length: INSTANCES - 1 }, () => startService('funnel-builder', env));
  builders = [first, ...(await Promise.all(others))];
  await Promise.all(builders.map((b) => b.ready()));
});
afterAll(async () => {
  await Promise.all(builders.map((b) => b.stop()));
  await writer?.close();
  await pool?.end();
});

const nameOf = (name: string) => `${name}-${RUN}`;

/** Someone's event: half are anonymous until an identify, which may come at any time; a subject's events lie anywhere. */
function someEvent(): Placed {
  const user = below(USERS);
  const roll = random();
  const device = `device-${user}-${below(2)}-${RUN}`;
  const ids =
    roll < 0.1
      ? { kind: 'identify' as const, user_id: `user-${user}-${RUN}`, anonymous_id: device }
      : roll < 0.55
        ? { user_id: null, anonymous_id: device }
        : { user_id: `user-${user}-${RUN}`, anonymous_id: null };
  const event = sampleProductEvent({
    ...ids,
    event_id: randomUUID(),
    event_name: nameOf(['view', 'cart', 'buy', 'other'][below(4)] ?? 'view'),
    event_time: T0 + below(86_400_000),
  });
  return { partition: below(PARTITIONS), event };
}

/** A tenth of them twice: sent again by their producer, beyond the scrubber's memory, to the same partition. */
async function publish(placed: readonly Placed[]): Promise<void> {
  sent.push(...placed);
  const repeated = sent.filter(() => random() < 0.1 / WAVES);
  await writer.write(
    [...placed, ...repeated].map(({ partition, event }) => ({
      topic: INPUT,
      partition,
      key: Buffer.from(event.user_id ?? event.anonymous_id ?? ''),
      value: encoder.encode(INPUT, event),
    })),
  );
}

async function define(name: string, last: string, order = 'ordered'): Promise<void> {
  const steps = ['view', 'cart', last].map((event) => ({ event: nameOf(event) }));
  const body = { name: nameOf(name), windowMs: 6 * 3_600_000, order, steps };
  expect(await saveDefinition(pool, 'funnel', body, 'test')).toMatchObject({ ok: true, isNew: true });
}

async function published(): Promise<PublishedView> {
  const view = new PublishedView();
  await kafka.readRange({
    topics: [OUTPUT],
    sinceMs: 0,
    async onRecords(_topic, partition, records) {
      await decoder.prepare(records.map((r) => r.value));
      for (const { key, value } of records) {
        const decoded = value === null ? null : decoder.decode(OUTPUT, value);
        if (decoded?.ok === false) throw new Error(decoded.code);
        view.take(partition, key?.toString() ?? '', decoded?.record ?? null);
      }
    },
  });
  return view;
}

const ours = async () => {
  const all = await loadActive(pool, ['funnel', 'cohort']);
  return all.filter((d) => d.name.endsWith(RUN));
};

/** Other tests' definitions count our events too. */
function isOurs([key]: [string, unknown]): boolean {
  const [, kind = '', name = ''] = key.split(' ');
  return kind === 'link' ? key.includes(RUN) : name.endsWith(RUN);
}

async function agrees(): Promise<PublishedView> {
  const definitions = await ours();
  const expected = expectedFrom(sent, definitions);
  const deadlineMs = Date.now() + SETTLES_WITHIN_MS;
  for (;;) {
    const view = await published();
    const known = Object.entries(view.known(definitions)).filter(isOurs);
    const late = Date.now() > deadlineMs;
    try {
      expect(Object.fromEntries(known)).toEqual(expected);
      for (const { kind, name, version } of definitions)
        expect(view.marked(PARTITIONS)).toContain(`${kind}:${name} ${version}`);
      return view;
    } catch (error) {
      if (late) throw error;
    }
    await sleep(500);
  }
}

/** Every person's chain, out of the states of all raw subjects and partitions that are theirs. */
function chainsOf(view: PublishedView, name: string, funnel: ReturnType<typeof compileFunnel>) {
  const records = view.records().filter((r) => r.subject.includes(RUN));
  const identity = createIdentityMap(
    records
      .filter((r) => r.kind === 'link')
      .map((r) => ({
        anonymousId: r.subject.slice(2),
        userId: r.name,
        timeMs: (JSON.parse(r.state) as { at: number }).at,
      })),
  );
  const states = records
    .filter((r) => r.kind === 'funnel' && r.name === name)
    .map((r) => ({ person: personOf(identity, r.subject), state: JSON.parse(r.state) as FunnelState }));
  return {
    identity,
    chains: new Map(
      [...Map.groupBy(states, (s) => s.person)].map(([person, list]) => {
        const merged = list.reduce(
          (a, { state }) => mergeFunnelStates(funnel, a, state),
          createFunnelState(funnel),
        );
        return [person, { best: progressOf(funnel, merged, 0).best, exact: merged.exact }];
      }),
    ),
  };
}

type Identity = ReturnType<typeof createIdentityMap>;
const personOf = (identity: Identity, subject: string) =>
  subject.startsWith('u:') ? subject : (identity.subjectOf(null, subject.slice(2)) ?? subject);

it(`what is known of each subject and person equals a plain recomputation, while instances are killed (seed ${SEED})`, async () => {
  await publish(Array.from({ length: EVENTS_PER_WAVE }, someEvent));
  for (let wave = 1; wave < WAVES; wave++) {
    if (wave === 1) await define('checkout', 'buy');
    if (wave === 3) await define('strict', 'buy', 'strict');
    if (wave === 4) {
      const rule = { type: 'event', event: nameOf('buy'), atLeast: 2 };
      await saveDefinition(pool, 'cohort', { name: nameOf('buyers'), rule }, 'test');
    }
    if (wave === 6) await define('checkout', 'other');
    if (wave === 7) await archiveDefinition(pool, 'funnel', nameOf('strict'));
    if (wave === 9) await define('any', 'buy', 'any');
    await publish(Array.from({ length: EVENTS_PER_WAVE }, someEvent));
    await sleep(300 + below(1_000));
    if (wave % 3 === 1) await builders[below(INSTANCES)]?.killAndRestart();
  }
  const view = await agrees();
  const definitions = await ours();
  expect(definitions.map((d) => `${d.name} ${d.version}`)).toEqual([
    `${nameOf('buyers')} 1`,
    `${nameOf('any')} 1`,
    `${nameOf('checkout')} 2`,
  ]);

  for (const definition of definitions) {
    if (definition.kind !== 'funnel' || !('steps' in definition.value)) continue;
    const { steps } = definition.value;
    const funnel = compileFunnel(definition.value);
    const { identity, chains } = chainsOf(view, definition.name, funnel);
    const events = sent.map(({ event }) => ({
      person: personOf(identity, event.user_id ? `u:${event.user_id}` : `a:${event.anonymous_id}`),
      step: {
        id: event.event_id,
        timeMs: event.event_time,
        mask: steps.reduce(
          (mask, { selector }, i) => (selector.event === event.event_name ? mask | (1 << i) : mask),
          0,
        ),
      },
    }));
    const matched = events.filter((e) => e.step.mask !== 0);
    const byHand = [...Map.groupBy(matched, (e) => e.person)].map(([person, own]) => {
      const history = own.map((e) => e.step);
      const best = bruteForceBest(history, funnel.stepCount, funnel.windowMs, funnel.order);
      return [person, { best, exact: true }] as const;
    });
    expect(chains).toEqual(new Map(byHand));
  }
  await Promise.all(builders.map((b) => b.ready()));
});
