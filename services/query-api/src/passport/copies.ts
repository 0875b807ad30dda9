import { tables } from '@fineprint/postgres-loader/tables';
import type { PassportHop, PassportOpen } from './answer.ts';
import type { Facts, Place } from './facts.ts';
import { hopOf, placeOf } from './hops.ts';
import { samePlace } from './journeys.ts';
import { POSTGRES_LOADER } from './routes.ts';

const tableNames: ReadonlyMap<string, string> = new Map(Object.entries(tables));

/**
 * The record's row in Postgres, by the books of its loader: they are balanced with the rows. A loader that has never read this
 * topic is not in use, and says nothing; of what it refused the dead letter's note tells.
 */
export function tellCopies(
  clean: Place,
  receivedMs: number,
  facts: Facts,
): { readonly hops: PassportHop[]; readonly open: PassportOpen[] } {
  const stage = POSTGRES_LOADER;
  const table = tableNames.get(clean.topic);
  const ledger = facts.ledger.find((l) => l.stage === stage && samePlace(l.place, clean)) ?? null;
  const isRefused = facts.notes.some((n) => n.stage === stage && samePlace(n.place, clean));
  const { partition, offset } = clean;
  if (table === undefined || ledger === null || isRefused || offset === null) return { hops: [], open: [] };
  const record = placeOf(clean, receivedMs);
  if (ledger.run === null) {
    const isBehind = ledger.toOffset <= offset;
    const open = { stage, record, code: 'not_yet', message: `Not yet at ${stage}.` } as const;
    return { hops: [], open: isBehind ? [open] : [] };
  }
  const row = { store: 'postgres', table, partition, offset };
  return { hops: [hopOf({ stage, outcome: 'stored', record, row }, ledger)], open: [] };
}
