import { DEFINITION_KINDS, type StoredDefinition } from '@fineprint/definitions';
import { z } from 'zod';

const kind = z.enum(DEFINITION_KINDS);

const versionSchema = z
  .object({
    kind,
    name: z.string(),
    version: z.int(),
    definition: z.unknown().meta({ description: 'As it was written.' }),
    created_at: z.iso.datetime(),
    created_by: z.string().meta({ description: 'The id of an API key, or `cli`.' }),
    archived_at: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'From when it counts no more; null in force.' }),
  })
  .meta({ id: 'DefinitionVersion' });

export const pageSchema = z
  .object({
    definitions: z.array(versionSchema),
    next_after: z.string().nullable().meta({ description: '`after` for the next page; null on the last.' }),
  })
  .meta({ id: 'Definitions', description: 'In force, in the order of their names.' });

export const historySchema = z
  .object({
    kind,
    name: z.string(),
    version: z.int().nullable().meta({ description: 'In force; null where it was removed.' }),
    definition: z.unknown().meta({ description: 'In force, as it was written; null where it was removed.' }),
    versions: z.array(versionSchema).meta({ description: 'The newest 100, newest first.' }),
  })
  .meta({ id: 'DefinitionHistory' });

export const savedSchema = z
  .object({
    kind,
    name: z.string(),
    version: z.int().nullable().meta({ description: 'In force now; null in a dry run.' }),
    changed: z.boolean().nullable().meta({ description: 'False where it said the same before.' }),
    dry_run: z.boolean(),
    events_checked: z
      .boolean()
      .meta({ description: 'False where ClickHouse could not be asked which events came.' }),
    warnings: z.array(z.object({ code: z.string(), parameter: z.string(), message: z.string() })),
  })
  .meta({ id: 'SavedDefinition' });

export const removedSchema = z
  .object({ kind, name: z.string(), version: z.int().meta({ description: 'That counts no more.' }) })
  .meta({ id: 'RemovedDefinition' });

export const toVersion = (stored: StoredDefinition): z.infer<typeof versionSchema> => ({
  kind: stored.kind,
  name: stored.name,
  version: stored.version,
  definition: stored.definition,
  created_at: stored.createdAt.toISOString(),
  created_by: stored.createdBy,
  archived_at: stored.archivedAt?.toISOString() ?? null,
});
