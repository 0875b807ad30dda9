import { isRepeat, parseWire, peekEventId, sourceOffsetOf } from '@fineprint/stream-runtime';
import { nodes, type TopicName } from '@fineprint/topology';
import { MARKER, RAW_TOPICS } from './load.ts';
import { type ConsentOracle, createConsentOracle, stampIn } from './oracle-consent.ts';
import type { Acknowledged } from './producers.ts';
import type { LoggedRecord } from './sim-log.ts';
import type { World } from './world.ts';

type RawTopic = (typeof RAW_TOPICS)[number];

/** The records of a partition that count, by the rule of every derived topic: above the highest source offset seen. */
export function withoutRepeats(records: readonly LoggedRecord[]): LoggedRecord[] {
  let highest: number | null = null;
  return records.filter((record) => {
    const source = sourceOffsetOf(record);
    if (isRepeat(source, highest)) return false;
    if (source !== null) highest = source;
    return true;
  });
}

export const eventIdOf = (record: LoggedRecord): string | null => {
  const wire = parseWire(record.value);
  return wire === null ? null : (peekEventId(wire.datum)?.toLowerCase() ?? null);
};

export const cleanOf = (raw: RawTopic): TopicName => nodes['pii-scrubber'].routes[raw][0];

/** Nothing acknowledged is missing, nothing is there twice, every raw record has one end, order stands. */
export function checkDelivery(world: World, acknowledged: readonly Acknowledged[]): string[] {
  const consent = createConsentOracle(world);
  return [
    ...RAW_TOPICS.flatMap((raw) => checkTopic(world, raw, consent)),
    ...checkAcknowledged(world, acknowledged, withheldIds(world, consent)),
    ...checkMarkers(world),
  ];
}

/** Each id of the raw topic is once in the clean one; each raw record is emitted, refused, or a repeat of one that is. */
function checkTopic(world: World, raw: RawTopic, consent: ConsentOracle): string[] {
  const { wrong, seen, emitted } = checkClean(world, raw, consent);
  return [...wrong, ...checkEndings(world, raw, { seen, emitted }, withheldIds(world, consent))];
}

/** `topic id` of events of which a place at least lacked consent: if that one decided, the event is nowhere. */
function withheldIds(world: World, consent: ConsentOracle): Set<string> {
  const ids = new Set<string>();
  for (const raw of RAW_TOPICS) {
    const refused = refusals(world, raw);
    for (const { partition, records } of world.log.all(raw))
      for (const record of records) {
        if (record.value === null || refused.has(`${partition}@${record.offset}`)) continue;
        if (consent.judge(raw, record)?.mayStore !== true) ids.add(`${raw} ${eventIdOf(record)}`);
      }
  }
  return ids;
}

/** What the clean topic has twice, or not from where it says. */
function checkClean(world: World, raw: RawTopic, consent: ConsentOracle) {
  const clean = cleanOf(raw);
  const wrong: string[] = [];
  /** id → its place. */
  const seen = new Map<string, string>();
  /** Raw places that were emitted. */
  const emitted = new Set<string>();
  const counting = world.log
    .all(clean)
    .flatMap(({ partition, records }) => withoutRepeats(records).map((record) => ({ partition, record })));
  for (const { partition, record } of counting) {
    const id = eventIdOf(record) ?? 'no id';
    const place = `${clean}/${partition}@${record.offset}`;
    const source = sourceOffsetOf(record);
    const origin = world.log.read(raw, partition)[source ?? -1];
    if (origin === undefined || eventIdOf(origin) !== id)
      wrong.push(`foreign: ${place} was not made from ${raw}/${partition}@${source}`);
    else wrong.push(...checkConsent(consent, raw, origin, record).map((what) => `${what}: ${place}`));
    const first = seen.get(id);
    if (first !== undefined) wrong.push(`double: ${id} is at ${first} and at ${place}`);
    seen.set(id, place);
    emitted.add(`${partition}@${source}`);
  }
  return { wrong, seen, emitted };
}

/** What was passed on may be stored, and says what consent says of it. */
function checkConsent(
  consent: ConsentOracle,
  raw: RawTopic,
  origin: LoggedRecord,
  record: LoggedRecord,
): string[] {
  const judged = consent.judge(raw, origin);
  if (judged === null) return [];
  const stamp = stampIn(record);
  return [
    ...(judged.mayStore ? [] : ['stored without consent']),
    ...(stamp === judged.stamp ? [] : [`says ${stamp} of consent, which is ${judged.stamp}`]),
  ];
}

function checkEndings(
  world: World,
  raw: RawTopic,
  { seen, emitted }: { readonly seen: ReadonlyMap<string, string>; readonly emitted: ReadonlySet<string> },
  withheld: ReadonlySet<string>,
): string[] {
  const wrong: string[] = [];
  const refused = refusals(world, raw);
  const all = world.log
    .all(raw)
    .flatMap(({ partition, records }) => records.map((record) => ({ partition, record })));
  for (const { partition, record } of all) {
    const key = `${partition}@${record.offset}`;
    const id = eventIdOf(record);
    const ends = (emitted.has(key) ? 1 : 0) + (refused.has(key) ? 1 : 0);
    if (ends > 1) wrong.push(`two ends: ${raw}/${key} is in ${cleanOf(raw)} and in the dead letter`);
    const isNowhere = id === null || !(seen.has(id) || withheld.has(`${raw} ${id}`));
    if (ends === 0 && record.value !== null && isNowhere)
      wrong.push(`lost: ${raw}/${key} (${id ?? 'no event'}) has no end`);
  }
  return wrong;
}

/** Places of the raw topic that the scrubber refused. */
export function refusals(world: World, raw: TopicName): Set<string> {
  const found = new Set<string>();
  for (const letter of world.deadLetters('dead-letter.pii-scrubber'))
    if (letter.source_topic === raw) found.add(`${letter.source_partition}@${letter.source_offset}`);
  return found;
}

function checkAcknowledged(
  world: World,
  acknowledged: readonly Acknowledged[],
  withheld: ReadonlySet<string>,
): string[] {
  const wrong: string[] = [];
  /** event id → its place in the clean topic, as the readers' rule leaves it. */
  const places = new Map<string, { partition: number; at: number }>();
  for (const raw of RAW_TOPICS)
    for (const { partition, records } of world.log.all(cleanOf(raw)))
      for (const [at, record] of withoutRepeats(records).entries())
        places.set(`${raw} ${eventIdOf(record)}`, { partition, at });
  const firsts = new Map<string, Acknowledged>();
  const ways = new Map<string, Set<string>>();
  for (const one of acknowledged) {
    const { eventId, topic } = one.sending;
    if (eventId === null) continue;
    const key = `${topic} ${eventId.toLowerCase()}`;
    if (!places.has(key) && !withheld.has(key))
      wrong.push(`lost: ${eventId} was acknowledged and is not in ${cleanOf(topic)}`);
    const way = `${one.sending.path} ${one.sending.partition}`;
    ways.set(key, (ways.get(key) ?? new Set()).add(way));
    const known = firsts.get(key);
    if (known === undefined || one.sentAt < known.sentAt) firsts.set(key, one);
  }
  // A copy that goes straight to Kafka may overtake what waits in the gateway's spool.
  const oneWay = [...firsts].filter(([key]) => ways.get(key)?.size === 1);
  return [...wrong, ...checkOrder(oneWay, places)];
}

/** What was acknowledged before the next of the same subject was sent stays before it, where both went one way. */
function checkOrder(
  firsts: readonly (readonly [string, Acknowledged])[],
  places: ReadonlyMap<string, { partition: number; at: number }>,
): string[] {
  const wrong: string[] = [];
  const streams = Map.groupBy(firsts, ([, a]) => `${a.sending.topic} ${a.sending.subject} ${a.sending.path}`);
  for (const stream of streams.values()) {
    const ordered = stream.toSorted(([, a], [, b]) => a.sentAt - b.sentAt);
    for (const [i, [key, later]] of ordered.entries()) {
      const [before, earlier] = ordered[i - 1] ?? [];
      if (before === undefined || earlier === undefined || earlier.ackedAt > later.sentAt) continue;
      const [a, b] = [places.get(before), places.get(key)];
      if (a !== undefined && b !== undefined && a.partition === b.partition && a.at > b.at)
        wrong.push(`order: ${key} is before ${before}, which had been acknowledged when it was sent`);
    }
  }
  return wrong;
}

/** Planted personal data is in no topic past the scrubber, and in no store. */
function checkMarkers(world: World): string[] {
  const wrong: string[] = [];
  for (const topic of world.cleanTopics)
    for (const { partition, records } of world.log.all(topic))
      for (const { offset, key, value } of records)
        if (value?.includes(MARKER) === true || key?.includes(MARKER) === true)
          wrong.push(`personal data: ${topic}/${partition}@${offset}`);
  for (const topic of world.cleanTopics)
    if (world.clickhouse.inserts(topic).some((bytes) => bytes.includes(MARKER)))
      wrong.push(`personal data: the table of ${topic}`);
  for (const topic of ['product.events.clean', 'ai.requests.clean'] as const)
    if (world.postgres.rows(topic).some((row) => row.bytes.includes(MARKER)))
      wrong.push(`personal data: Postgres' table of ${topic}`);
  return wrong;
}
