import { PartitionMetrics } from '@fineprint/ai-metrics';
import { type BehaviourEvent, fromProductEvent, type IdentityLink } from '@fineprint/behaviour';
import { expectedFrom, PublishedView } from '@fineprint/funnel-builder/testing';
import { recount, type Sent } from '@fineprint/person-builder/testing';
import { type LoadTopic, tables } from '@fineprint/postgres-loader/tables';
import type { AiMetric } from '@fineprint/schemas';
import { inputTopics, nodes, type RecordOf } from '@fineprint/topology';
import { watchedCompiled, watchedDefinitions } from './definitions.ts';
import { withoutRepeats } from './oracle-delivery.ts';
import type { LoggedRecord } from './sim-log.ts';
import type { World } from './world.ts';

/** What every store and derived topic holds equals what a batch makes of the clean topics. */
export function checkStores(world: World): string[] {
  return [
    ...checkWarehouse(world),
    ...checkDocumentTables(world),
    ...checkMetrics(world),
    ...checkBehaviour(world),
    ...checkPeople(world),
  ];
}

/** Every table holds each record of its topic that counts exactly once, and nothing else. */
function checkWarehouse(world: World): string[] {
  return inputTopics(nodes['warehouse-loader']).flatMap((topic) =>
    world.log.all(topic).flatMap(({ partition, records }) => {
      const expected = withoutRepeats(records).filter((r) => r.value !== null);
      const found = world.clickhouse.rows(topic).filter((r) => r._partition === partition);
      return checkTable(
        `${topic}/${partition}`,
        new Set(expected.map((r) => r.offset)),
        found.map((r) => r._offset),
      );
    }),
  );
}

export function checkTable(where: string, expected: ReadonlySet<number>, found: readonly number[]): string[] {
  const wrong: string[] = [];
  const counts = Map.groupBy(found, (offset) => offset);
  for (const [offset, rows] of counts) {
    if (rows.length > 1) wrong.push(`double: ${where}@${offset} is ${rows.length} rows`);
    if (!expected.has(offset)) wrong.push(`double: ${where}@${offset} is a repeat, and a row`);
  }
  for (const offset of expected) if (!counts.has(offset)) wrong.push(`lost: ${where}@${offset} is in no row`);
  return wrong;
}

/** The product document's tables hold what their columns can hold, once; of the rest there is a letter. */
function checkDocumentTables(world: World): string[] {
  return documentTopics.flatMap((topic) =>
    world.log.all(topic).flatMap(({ partition, records }) => {
      const { fitting, refused } = documentRecords(world, topic, partition, records);
      const found = world.postgres.rows(topic).filter((r) => r.partition === partition);
      const letters = new Set(
        world
          .deadLetters('dead-letter.postgres-loader')
          .filter((l) => l.source_topic === topic && l.source_partition === partition)
          .map((l) => l.source_offset),
      );
      return [
        ...checkTable(
          `Postgres ${topic}/${partition}`,
          new Set(fitting),
          found.map((r) => r.offset),
        ),
        ...refused
          .filter((offset) => !letters.has(offset))
          .map((offset) => `lost: Postgres ${topic}/${partition}@${offset} was refused without a letter`),
      ];
    }),
  );
}

const documentTopics = Object.keys(tables) as LoadTopic[];
const MAX_VERSION_CHARS = 50;

/** Offsets of the records that count: those that the columns hold, and the others; of these with their repeats, the number. */
export function documentRecords(
  world: World,
  topic: LoadTopic,
  partition: number,
  records: readonly LoggedRecord[] = world.log.read(topic, partition),
): { readonly fitting: number[]; readonly refused: number[]; readonly refusable: number } {
  const isRefused = (value: Buffer | null) =>
    topic === 'ai.requests.clean' && world.decode(topic, value).model_version.length > MAX_VERSION_CHARS;
  const counting = withoutRepeats(records);
  return {
    fitting: counting.filter((r) => !isRefused(r.value)).map((r) => r.offset),
    refused: counting.filter((r) => isRefused(r.value)).map((r) => r.offset),
    refusable: records.filter((r) => isRefused(r.value)).length,
  };
}

const METRIC_KEY = [
  'segment',
  'window_start',
  'model_name',
  'model_version',
  'provider',
  'experiment_id',
  'variant',
];
/** Says when it was written, not what is counted. */
const METRIC_PLACE = new Set(['as_of_offset', 'as_of_source_offset']);

const metricText = (metric: AiMetric) =>
  JSON.stringify(Object.entries(metric).filter(([name]) => !METRIC_PLACE.has(name)));
const metricKey = (metric: AiMetric) =>
  JSON.stringify(METRIC_KEY.map((name) => (metric as unknown as Record<string, unknown>)[name]));

function checkMetrics(world: World): string[] {
  const wrong: string[] = [];
  for (const { partition, records } of world.log.all('ai.requests.clean')) {
    const metrics = new PartitionMetrics();
    for (const record of withoutRepeats(records))
      metrics.count(record.offset, world.decode('ai.requests.clean', record.value), null);
    const expected = new Map(
      metrics
        .takeSnapshots({ offset: 0, sourceOffset: 0 })
        .map(({ record }) => [metricKey(record), metricText(record)]),
    );
    const latest = new Map<string, AiMetric>();
    for (const record of world.log.read('ai.metrics', partition)) {
      const metric = world.decode('ai.metrics', record.value);
      const key = metricKey(metric);
      if ((latest.get(key)?.as_of_offset ?? -1) <= metric.as_of_offset) latest.set(key, metric);
    }
    const found = new Map([...latest].map(([key, metric]) => [key, metricText(metric)]));
    wrong.push(...differences(`ai.metrics/${partition}`, expected, found));
  }
  return wrong;
}

function differences(
  where: string,
  expected: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): string[] {
  const wrong: string[] = [];
  for (const [key, text] of expected)
    if (found.get(key) !== text) wrong.push(`${where}: ${key} is ${found.get(key)} and should be ${text}`);
  for (const key of found.keys()) if (!expected.has(key)) wrong.push(`${where}: ${key} should not be there`);
  return wrong;
}

function cleanEvents(world: World) {
  return world.log.all('product.events.clean').flatMap(({ partition, records }) =>
    withoutRepeats(records).map((record) => ({
      partition,
      event: world.decode('product.events.clean', record.value),
    })),
  );
}

const entriesOf = (known: Readonly<Record<string, unknown>>) =>
  new Map(Object.entries(known).map(([key, value]) => [key, JSON.stringify(value)]));

function checkBehaviour(world: World): string[] {
  const placed = cleanEvents(world).filter(
    ({ event }) => event.user_id !== null || event.anonymous_id !== null,
  );
  const view = new PublishedView();
  for (const { partition, records } of world.log.all('subject.behaviour'))
    for (const { key, value } of records)
      view.take(
        partition,
        key?.toString() ?? '',
        value === null ? null : world.decode('subject.behaviour', value),
      );
  return differences(
    'subject.behaviour',
    entriesOf(expectedFrom(placed, watchedDefinitions)),
    entriesOf(view.known(watchedDefinitions)),
  );
}

function checkPeople(world: World): string[] {
  const history = cleanEvents(world).map(({ partition, event }): Sent => {
    const { user_id: userId, anonymous_id: anonymousId } = event;
    const subject = userId === null ? `a:${anonymousId}` : `u:${userId}`;
    const isLink = event.kind === 'identify' && userId !== null && anonymousId !== null;
    const link: IdentityLink | null = isLink ? { userId, anonymousId, timeMs: event.event_time } : null;
    const behaviour: BehaviourEvent = fromProductEvent(event, subject);
    return { partition, userId, anonymousId, link, record: event, event: behaviour };
  });
  const { levels, members, owners } = recount(history, watchedCompiled);
  const stored = {
    levels: new Map(
      [...world.people.funnels.values()]
        .filter((row) => row.level > 0)
        .map((row) => [
          `${row.person} ${row.name}`,
          JSON.stringify({ level: row.level, times: row.stepTimesMs, reachedAtMs: row.reachedAtMs }),
        ]),
    ),
    members: new Map(
      [...world.people.cohorts.values()]
        .filter((row) => row.member)
        .map((row) => [`${row.person} ${row.name}`, JSON.stringify(row.sinceMs)]),
    ),
  };
  const text = (map: ReadonlyMap<string, unknown>) =>
    new Map([...map].map(([key, value]) => [key, JSON.stringify(value)]));
  return [
    ...differences('funnels in Postgres', text(levels), stored.levels),
    ...differences('cohorts in Postgres', text(members), stored.members),
    ...checkPublished(world, owners),
  ];
}

/** Of two records of a key the one of the higher revision counts: then the topics say what Postgres does. */
function checkPublished(world: World, owners: ReadonlyMap<string, string>): string[] {
  const latest = <T extends 'funnel.progress' | 'cohort.membership' | 'identity.links'>(
    topic: T,
    keyOf: (record: RecordOf<T>) => string,
  ) => {
    const found = new Map<string, RecordOf<T>>();
    for (const { records } of world.log.all(topic))
      for (const { value } of records) {
        const record = world.decode(topic, value) as RecordOf<T>;
        const key = keyOf(record);
        if ((found.get(key)?.revision ?? -1) <= record.revision) found.set(key, record);
      }
    return found;
  };
  const revisions = (records: ReadonlyMap<string, { readonly revision: number }>) =>
    new Map([...records].map(([key, { revision }]) => [key, String(revision)]));
  const funnels = latest('funnel.progress', (r) => JSON.stringify([r.person, 'funnel', r.funnel]));
  const cohorts = latest('cohort.membership', (r) => JSON.stringify([r.person, 'cohort', r.cohort]));
  const links = latest('identity.links', (r) => r.anonymous_id);
  return [
    ...differences('funnel.progress', revisions(world.people.funnels), revisions(funnels)),
    ...differences('cohort.membership', revisions(world.people.cohorts), revisions(cohorts)),
    ...differences('identity.links', owners, new Map([...links].map(([id, link]) => [id, link.user_id]))),
  ];
}
