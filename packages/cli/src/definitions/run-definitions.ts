import {
  archiveDefinition,
  type DefinitionKind,
  listDefinitions,
  MAX_ACTIVE,
  readDefinition,
  saveDefinition,
  TooManyDefinitions,
} from '@fineprint/definitions';
import type { Client } from 'pg';
import { stringify } from 'yaml';
import type { ApplyOptions } from '../commands/definitions.ts';
import { CliError } from '../errors.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { userPath } from '../options.ts';
import { printJson, printText } from '../output.ts';
import { table } from '../table.ts';
import { withPostgres } from '../with-postgres.ts';
import { type ReadDefinition, readDefinitionFiles } from './definition-files.ts';

const CREATED_BY = 'cli';

async function withDefinitions<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const stack = await openLocalStack();
  await requirePart(stack, 'postgres');
  return withPostgres(stack.endpoints.databaseUrl, work);
}

export async function runApply(
  kind: DefinitionKind,
  files: readonly string[],
  options: ApplyOptions,
): Promise<void> {
  const read = readDefinitionFiles(
    kind,
    files.map((file) => userPath(file)),
  );
  const saved = options.dryRun
    ? read.map((r) => ({ ...shown(r), version: null, changed: null }))
    : await withDefinitions((client) => saveAll(client, kind, read));
  if (options.json) return printJson(saved);
  const what = (changed: boolean | null) =>
    changed === null ? 'could be put in force' : changed ? 'in force' : 'unchanged';
  await printText(
    table(
      [kind, 'version', ''],
      saved.map((s) => [s.name, s.version?.toString() ?? '', what(s.changed)]),
    ),
  );
  for (const { name, warnings } of saved)
    for (const w of warnings) process.stderr.write(`${name}: ${w.code}: ${w.path} ${w.message}\n`);
}

const shown = ({ name, file, warnings }: ReadDefinition) => ({ name, file, warnings });

/** All of them or none: a set of files is one change. */
async function saveAll(client: Client, kind: DefinitionKind, read: readonly ReadDefinition[]) {
  const saved = [];
  await client.query('BEGIN');
  try {
    for (const one of read) {
      const result = await saveDefinition(client, kind, one.input, CREATED_BY);
      if (!result.ok) throw new Error(`${one.name} was sound when it was read`);
      saved.push({ ...shown(one), version: result.version, changed: result.isNew });
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw refused(error);
  }
  return saved;
}

const UNIQUE_VIOLATION = '23505';

function refused(error: unknown): unknown {
  if (error instanceof TooManyDefinitions) {
    return new CliError(
      'DEFINITION_REFUSED',
      `Nothing was put in force: ${error.message}.`,
      'See what there is with `list`.',
      { cause: error },
    );
  }
  if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) {
    return new CliError(
      'DEFINITION_REFUSED',
      'Nothing was put in force: somebody else changed the same definition at this moment.',
      'Look at it with `show`, then apply again.',
      { cause: error },
    );
  }
  return error;
}

export async function runList(kind: DefinitionKind, options: { json?: true }): Promise<void> {
  const found = await withDefinitions((client) =>
    listDefinitions(client, kind, { after: '', limit: MAX_ACTIVE }),
  );
  if (options.json) return printJson(found);
  await printText(
    table(
      [kind, 'version', 'since', 'by'],
      found.map((d) => [d.name, String(d.version), d.createdAt.toISOString(), d.createdBy]),
    ),
  );
}

export async function runShow(kind: DefinitionKind, name: string, options: { json?: true }): Promise<void> {
  const versions = await withDefinitions((client) => readDefinition(client, kind, name));
  const inForce = versions.find((v) => v.archivedAt === null);
  if (options.json && versions.length > 0) {
    return printJson({ kind, name, version: inForce?.version ?? null, versions });
  }
  if (inForce === undefined) throw unknown(kind, name);
  await printText(`# version ${inForce.version}\n${stringify(inForce.definition)}`);
}

export async function runRemove(kind: DefinitionKind, name: string, options: { json?: true }): Promise<void> {
  const removed = await withDefinitions((client) => archiveDefinition(client, kind, name));
  if (!removed) throw unknown(kind, name);
  if (options.json) return printJson({ kind, name, removed });
  await printText(`Removed the ${kind} ${name}. It counts no more.`);
}

const unknown = (kind: DefinitionKind, name: string) =>
  new CliError(
    'DEFINITION_UNKNOWN',
    `No ${kind} called "${name}" is in force.`,
    `See: npm run -s fineprint -- ${kind}s list`,
  );
