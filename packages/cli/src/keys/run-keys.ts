import {
  createWriteKey,
  type Database,
  listWriteKeys,
  revokeWriteKey,
} from '@fineprint/ingest-gateway/write-keys';
import { createApiKey, listApiKeys, revokeApiKey } from '@fineprint/query-api/api-keys';
import type { CreateKeyOptions } from '../commands/keys.ts';
import { CliError } from '../errors.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { printJson, printText } from '../output.ts';
import { table } from '../table.ts';
import { withPostgres } from '../with-postgres.ts';
import { parseExpiry } from './parse-expiry.ts';

async function withKeys<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const stack = await openLocalStack();
  await requirePart(stack, 'postgres');
  return withPostgres(stack.endpoints.databaseUrl, work);
}

export async function createKey(name: string, options: CreateKeyOptions): Promise<void> {
  const { role, origin, dataset: datasets, unmasked } = options;
  if (role !== undefined && origin !== undefined)
    throw new CliError('USAGE', 'Origins are for write keys.', 'Leave out --origin or --role.');
  if (role === undefined && datasets !== undefined)
    throw new CliError('USAGE', 'Data sets are for API keys.', 'Give a --role, or leave out --dataset.');
  if (role === undefined && unmasked)
    throw new CliError('USAGE', 'A write key reads nothing.', 'Give a --role, or leave out --unmasked.');
  const expiresAt = options.expires === undefined ? undefined : parseExpiry(options.expires, Date.now());
  const { id, key } = await withKeys((database) =>
    (role === undefined
      ? createWriteKey(database, { source: name, allowedOrigins: origin ?? [], expiresAt })
      : createApiKey(database, { name, role, expiresAt, datasets, unmasked })
    ).catch(refuse),
  );
  if (options.json)
    return printJson({
      id,
      ...(role === undefined ? { source: name } : { name, role }),
      ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
      key,
    });
  await printText(`${key}\n`);
  process.stderr.write(`The key of ${name} (id ${id}). Keep it: it cannot be shown again.\n`);
}

function refuse(error: unknown): never {
  if (!(error instanceof TypeError)) throw error;
  throw new CliError('USAGE', `The key was not made: ${error.message}.`, 'See: keys create --help', {
    cause: error,
  });
}

export async function listKeys(options: { json?: true }): Promise<void> {
  const { write, api } = await withKeys(async (database) => ({
    write: await listWriteKeys(database),
    api: await listApiKeys(database),
  }));
  const keys = [
    ...write.map((k) => ({
      ...k,
      kind: 'write',
      may: `send from ${k.allowedOrigins.join(' ') || 'servers'}`,
    })),
    ...api.map((k) => ({
      ...k,
      kind: 'api',
      source: k.name,
      may: [
        k.datasets === null ? `read as ${k.role}` : `export ${k.datasets.join(' ')}`,
        ...(k.unmasked ? ['unmasked'] : []),
      ].join(', '),
    })),
  ];
  if (options.json)
    return printJson([
      ...write.map((k) => ({ kind: 'write', ...k })),
      ...api.map((k) => ({ kind: 'api', ...k })),
    ]);
  await printText(
    table(
      ['id', 'kind', 'of', 'key', 'may', 'made', 'used', 'expires', 'revoked'],
      keys.map((k) => [
        k.id,
        k.kind,
        k.source,
        k.hint,
        k.may,
        k.createdAt.toISOString(),
        k.lastUsedOn ?? 'never',
        k.expiresAt?.toISOString() ?? '',
        k.revokedAt?.toISOString() ?? '',
      ]),
    ),
  );
}

export async function revokeKey(id: string, options: { json?: true }): Promise<void> {
  const revoked = await withKeys(
    async (database) => (await revokeWriteKey(database, id)) || (await revokeApiKey(database, id)),
  );
  if (!revoked)
    throw new CliError(
      'KEY_UNKNOWN',
      `There is no key in use with the id ${id}.`,
      'See: npm run -s fineprint -- keys list',
    );
  if (options.json) return printJson({ id, revoked });
  await printText(`Revoked ${id}. It is refused within seconds.`);
}
