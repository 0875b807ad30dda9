import { type RecordTypes, schemaVersions } from './gen/index.ts';
import type { SchemaVersion } from './schema-version.ts';

export * from './gen/index.ts';
export type { SchemaVersion } from './schema-version.ts';

/** A record's name: ProductEvent, AiRequest, ... */
export type RecordName = keyof RecordTypes;

/** The version that is written today. */
export function latestSchema(name: RecordName): SchemaVersion {
  const latest = schemaVersions[name].at(-1);
  if (latest === undefined) throw new Error(`record ${name} has no released version`);
  return latest;
}
