import {
  createWriteKey,
  type Database,
  listWriteKeys,
  revokeWriteKey,
} from '@fineprint/ingest-gateway/write-keys';
import { CliError } from '../errors.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { printJson, printText } from '../output.ts';
import { table } from '../table.ts';
import { withPostgres } from '../with-postgres.ts';

async function withKeys<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const stack = await openLocalStack();
  await requirePart(stack, 'postgres');
  return withPostgres(stack.endpoints.databaseUrl, work);
}

export async function createKey(source: string, options: { origin?: string[]; json?: true }): Promise<void> {
  const { id, key } = await withKeys((database) =>
    createWriteKey(database, { source, allowedOrigins: options.origin ?? [] }).catch((error: unknown) => {
      if (error instanceof TypeError)
        throw new CliError('USAGE', `The key was not made: ${error.message}.`, 'See: keys create --help', {
          cause: error,
        });
      throw error;
    }),
  );
  if (options.json) return printJson({ id, source, key });
  await printText(`${key}\n`);
  process.stderr.write(`The key of ${source} (id ${id}). Keep it: it cannot be shown again.\n`);
}

export async function listKeys(options: { json?: true }): Promise<void> {
  const keys = await withKeys(listWriteKeys);
  if (options.json) return printJson(keys);
  await printText(
    table(
      ['id', 'source', 'key', 'origins', 'made', 'revoked'],
      keys.map((k) => [
        k.id,
        k.source,
        k.hint,
        k.allowedOrigins.join(' ') || 'all',
        k.createdAt.toISOString(),
        k.revokedAt?.toISOString() ?? '',
      ]),
    ),
  );
}

export async function revokeKey(id: string, options: { json?: true }): Promise<void> {
  const revoked = await withKeys((database) => revokeWriteKey(database, id));
  if (!revoked)
    throw new CliError(
      'KEY_UNKNOWN',
      `There is no key in use with the id ${id}.`,
      'See: npm run -s fineprint -- keys list',
    );
  if (options.json) return printJson({ id, revoked });
  await printText(`Revoked ${id}. Gateways refuse it within seconds.`);
}
