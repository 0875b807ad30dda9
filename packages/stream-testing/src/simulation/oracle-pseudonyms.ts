import { sourceOffsetOf } from '@fineprint/stream-runtime';
import { RAW_TOPICS } from './load.ts';
import { cleanOf } from './oracle-delivery.ts';
import type { LoggedRecord } from './sim-log.ts';
import type { World } from './world.ts';

type RawTopic = (typeof RAW_TOPICS)[number];

const FIELDS = [
  ['user', 'user_id'],
  ['anonymous', 'anonymous_id'],
] as const;

/** Every clean record has its subject's one pseudonym in place of each id, whichever process wrote it after whatever. */
export function checkPseudonyms(world: World): string[] {
  if (!world.plan.anonymize) return [];
  return RAW_TOPICS.flatMap((raw) =>
    world.log
      .all(cleanOf(raw))
      .flatMap(({ partition, records }) =>
        records.flatMap((record) => checkRecord(world, raw, partition, record)),
      ),
  );
}

function checkRecord(world: World, raw: RawTopic, partition: number, record: LoggedRecord): string[] {
  const origin = world.log.read(raw, partition)[sourceOffsetOf(record) ?? -1];
  if (origin === undefined) return []; // told by another check
  const given = world.decode(raw, origin.value);
  const written = world.decode(cleanOf(raw), record.value) as typeof given;
  return FIELDS.flatMap(([kind, field]) => {
    const id = given[field];
    const expected = id === null ? null : world.subjects.pseudonymOf({ kind, id });
    if (written[field] === expected && (id === null || expected !== null)) return [];
    const place = `${cleanOf(raw)}/${partition}@${record.offset}`;
    return [`pseudonym: ${place} has ${written[field]} for ${field} ${id}`];
  });
}
