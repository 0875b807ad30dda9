import type { Stack } from '@fineprint/stack';
import { startInstance } from '../pauses/instance.ts';
import { type BooksReport, endWithBooks } from './audit-books.ts';

/** Balances the books of a run whose services have been stopped: a loader is started first, since the books are loaded too. */
export async function auditAtRest(
  stack: Pick<Stack, 'endpoints'>,
  port: number,
  env: Readonly<Record<string, string>>,
): Promise<BooksReport> {
  const loader = startInstance('warehouse-loader', port, env);
  try {
    await loader.ready();
    return await endWithBooks(stack);
  } finally {
    await loader.stop();
  }
}
