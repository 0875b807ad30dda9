import { sourceOffsetOf } from '@fineprint/stream-runtime';
import { RAW_TOPICS } from './load.ts';
import { createConsentOracle } from './oracle-consent.ts';
import { cleanOf, eventIdOf, refusals, withoutRepeats } from './oracle-delivery.ts';
import { snowflakeRecords } from './oracle-snowflake.ts';
import { documentRecords } from './oracle-stores.ts';
import type { SimulatedNode } from './plan.ts';
import type { Place } from './sim-group.ts';
import type { World } from './world.ts';

/**
 * Called when a group's position is about to move: what lies before it must have had its effects. Checked at that very
 * moment, for a later repeat would hide it.
 */
export function checkCommit(world: World, node: SimulatedNode, place: Place, offset: number): void {
  const from = world.groups[node].committed(place) ?? 0;
  if (offset <= from) return; // set back: something comes twice, nothing is skipped
  if (node === 'pii-scrubber') checkScrubbed(world, place, from, offset);
  if (node === 'warehouse-loader') checkStored(world, place, offset);
  if (node === 'postgres-loader') checkDocumentRows(world, place, offset);
  if (node === 'snowflake-loader') checkSnowflakeRows(world, place, offset);
}

function checkScrubbed(world: World, { topic, partition }: Place, from: number, offset: number): void {
  const raw = RAW_TOPICS.find((name) => name === topic);
  if (raw === undefined) return;
  const sources = new Set(world.log.read(cleanOf(raw), partition).map(sourceOffsetOf));
  const refused = refusals(world, raw);
  for (const record of world.log.read(raw, partition).slice(from, offset)) {
    if (sources.has(record.offset) || refused.has(`${partition}@${record.offset}`)) continue;
    if (record.value === null || isElsewhere(world, raw, partition, record.offset)) continue;
    if (createConsentOracle(world).judge(raw, record)?.mayStore !== true) continue;
    world.violations.push(
      `commit: ${raw}/${partition}@${record.offset} lies before the committed ${offset} and has had no effect`,
    );
  }
}

/** A repeat: the event lies in another raw place, which decides about it. */
function isElsewhere(
  world: World,
  raw: (typeof RAW_TOPICS)[number],
  partition: number,
  offset: number,
): boolean {
  const record = world.log.read(raw, partition)[offset];
  const id = record === undefined ? null : eventIdOf(record);
  if (id === null) return false;
  return world.log
    .all(raw)
    .some((p) =>
      p.records.some((r) => eventIdOf(r) === id && (p.partition !== partition || r.offset !== offset)),
    );
}

function checkStored(world: World, { topic, partition }: Place, offset: number): void {
  const stored = new Set(
    world.clickhouse
      .rows(topic)
      .filter((r) => r._partition === partition)
      .map((r) => r._offset),
  );
  for (const record of withoutRepeats(world.log.read(topic, partition)))
    if (record.offset < offset && record.value !== null && !stored.has(record.offset))
      world.violations.push(
        `commit: ${topic}/${partition}@${record.offset} lies before the committed ${offset} and is in no row`,
      );
}

function checkDocumentRows(world: World, { topic, partition }: Place, offset: number): void {
  if (topic !== 'product.events.clean' && topic !== 'ai.requests.clean') return;
  const rows = world.postgres.rows(topic).filter((r) => r.partition === partition);
  const stored = new Set(rows.map((r) => r.offset));
  for (const at of documentRecords(world, topic, partition).fitting)
    if (at < offset && !stored.has(at))
      world.violations.push(
        `commit: ${topic}/${partition}@${at} lies before the committed ${offset} and is in no row of Postgres`,
      );
}

function checkSnowflakeRows(world: World, place: Place, offset: number): void {
  const loaded = snowflakeRecords(world, place);
  if (loaded === null || loaded.table.newest !== null) return;
  const stored = new Set(loaded.rows.map((r) => r._offset));
  for (const { offset: at } of loaded.fitting)
    if (at < offset && !stored.has(at))
      world.violations.push(
        `commit: ${place.topic}/${place.partition}@${at} lies before the committed ${offset} and is in no row of Snowflake`,
      );
}
