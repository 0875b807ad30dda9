import type { LedgerEntry } from '@fineprint/schemas';
import { hashId } from '@fineprint/stream-runtime';
import { type NodeName, type TopicName, topics } from '@fineprint/topology';
import { RAW_TOPICS } from './load.ts';
import { cleanOf, eventIdOf, refusals, withoutRepeats } from './oracle-delivery.ts';
import { snowflakeRecords } from './oracle-snowflake.ts';
import { documentRecords } from './oracle-stores.ts';
import { SIMULATED } from './plan.ts';
import type { Place } from './sim-group.ts';
import type { LoggedRecord } from './sim-log.ts';
import type { World } from './world.ts';

const ENDINGS = ['emitted', 'applied', 'stored', 'dropped', 'dead_lettered'];
/** The ledger's own loading is not in it. */
const UNTOLD: readonly TopicName[] = ['pipeline.ledger'];

/** The books cover every partition without a hole, each record has one ending, and they say what the topics and stores hold. */
export function checkLedger(world: World): string[] {
  const entries = world.log
    .all('pipeline.ledger')
    .flatMap(({ records }) => records.map((r) => world.decode('pipeline.ledger', r.value)));
  return SIMULATED.flatMap((node) =>
    world.groups[node].places
      .filter((place) => !UNTOLD.includes(place.topic))
      .flatMap((place) => checkPlace(world, node, place, entries)),
  );
}

function checkPlace(world: World, node: NodeName, place: Place, all: readonly LedgerEntry[]): string[] {
  const { topic, partition } = place;
  const where = `ledger: ${node} of ${topic}/${partition}`;
  const own = all.filter((e) => e.stage === node && e.topic === topic && e.partition === partition);
  const chain = chainOf(own);
  const end = world.log.read(topic, partition).length;
  const reached = chain.at(-1)?.next_offset ?? 0;
  if (reached !== end) return [`${where} reaches ${reached} of ${end}`];
  const wrong: string[] = [];
  for (const entry of chain) {
    const { records, first_offset: first, next_offset: next } = entry;
    const ended = ENDINGS.reduce((sum, kind) => sum + recordsOf(entry, kind), 0);
    if (records !== next - first || ended !== records)
      wrong.push(`${where}: [${first}, ${next}) tells of ${records} records, and of ${ended} endings`);
  }
  if (node === 'pii-scrubber') wrong.push(...checkScrubbed(world, where, place, chain));
  if (node === 'warehouse-loader' && topics[topic].cleanup !== 'compact')
    wrong.push(...checkStored(world, where, place, chain));
  if (node === 'postgres-loader') wrong.push(...checkDocumentStored(world, where, place, chain));
  if (node === 'snowflake-loader') wrong.push(...checkSnowflakeStored(world, where, place, chain));
  return wrong;
}

/** Entries end to end from the beginning, as far as they reach: a run that crashed before its commit left others. */
function chainOf(entries: readonly LedgerEntry[]): LedgerEntry[] {
  const into = new Map<number, LedgerEntry>();
  let farthest = 0;
  for (const entry of entries.toSorted((a, b) => a.first_offset - b.first_offset)) {
    const isReached = entry.first_offset === 0 || into.has(entry.first_offset);
    if (!isReached || into.has(entry.next_offset)) continue;
    into.set(entry.next_offset, entry);
    farthest = Math.max(farthest, entry.next_offset);
  }
  const chain: LedgerEntry[] = [];
  for (let at = farthest; at > 0; ) {
    const entry = into.get(at);
    if (entry === undefined) break;
    chain.unshift(entry);
    at = entry.first_offset;
  }
  return chain;
}

function recordsOf(entry: LedgerEntry, kind: string, target?: string): number {
  return entry.line_records.reduce(
    (sum, records, i) =>
      entry.line_kinds[i] === kind && (target === undefined || entry.line_targets[i] === target)
        ? sum + records
        : sum,
    0,
  );
}

const total = (chain: readonly LedgerEntry[], kind: string) =>
  chain.reduce((sum, entry) => sum + recordsOf(entry, kind), 0);

/** The sum of the hashes of ids, modulo 2^64 as a column of ClickHouse would have it; small sums stay exact. */
const idSum = (chain: readonly LedgerEntry[], kind: string) =>
  chain.reduce(
    (sum, entry) =>
      entry.line_ids_murmur3.reduce((s, ids, i) => (entry.line_kinds[i] === kind ? s + ids : s), sum),
    0,
  );
const idSumOf = (records: readonly LoggedRecord[]) =>
  records.reduce((sum, record) => sum + ((hashId(eventIdOf(record) ?? '')?.murmur3 ?? 0) >>> 0), 0);

function checkScrubbed(
  world: World,
  where: string,
  { topic, partition }: Place,
  chain: readonly LedgerEntry[],
): string[] {
  const raw = RAW_TOPICS.find((name) => name === topic);
  if (raw === undefined) return [];
  const clean = withoutRepeats(world.log.read(cleanOf(raw), partition));
  const refused = [...refusals(world, raw)].filter((key) => key.startsWith(`${partition}@`));
  return [
    ...differ(where, 'emitted', total(chain, 'emitted'), clean.length),
    ...differ(where, 'dead-lettered', total(chain, 'dead_lettered'), refused.length),
    ...differ(where, 'emitted ids', idSum(chain, 'emitted'), idSumOf(clean)),
  ];
}

function checkStored(
  world: World,
  where: string,
  { topic, partition }: Place,
  chain: readonly LedgerEntry[],
): string[] {
  const rows = world.clickhouse.rows(topic).filter((r) => r._partition === partition);
  return differ(where, 'stored', total(chain, 'stored'), rows.length);
}

function checkDocumentStored(
  world: World,
  where: string,
  { topic, partition }: Place,
  chain: readonly LedgerEntry[],
): string[] {
  if (topic !== 'product.events.clean' && topic !== 'ai.requests.clean') return [];
  const rows = world.postgres.rows(topic).filter((r) => r.partition === partition);
  const { refused, refusable } = documentRecords(world, topic, partition);
  const ids = rows.reduce((sum, row) => sum + ((hashId(row.eventId)?.murmur3 ?? 0) >>> 0), 0);
  return [
    ...differ(where, 'stored', total(chain, 'stored'), rows.length),
    ...differ(where, 'stored ids', idSum(chain, 'stored'), ids),
    ...checkRefused(where, total(chain, 'dead_lettered'), refused.length, refusable),
  ];
}

function checkSnowflakeStored(
  world: World,
  where: string,
  place: Place,
  chain: readonly LedgerEntry[],
): string[] {
  const records = snowflakeRecords(world, place);
  if (records === null) return [];
  return [
    ...differ(where, 'stored', total(chain, 'stored'), records.fitting.length),
    ...differ(where, 'stored ids', idSum(chain, 'stored'), idSumOf(records.fitting)),
    ...checkRefused(where, total(chain, 'dead_lettered'), records.refused.length, records.refusable),
  ];
}

/**
 * A sink's position moves with rows. One that begins behind a refused record and finds a repeat of it before a stored row, both
 * told by a process that was killed, cannot know the one from the other, and tells of both as refused.
 */
function checkRefused(where: string, told: number, refused: number, refusable: number): string[] {
  if (told >= refused && told <= refusable) return [];
  return [`${where}: it tells of ${told} dead-lettered, and there are ${refused} to ${refusable}`];
}

const differ = (where: string, what: string, told: number, found: number): string[] =>
  told === found ? [] : [`${where}: it tells of ${told} ${what}, and there are ${found}`];
