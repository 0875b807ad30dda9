import { type DestinationName, forwarderOf } from '@fineprint/topology';
import { isoOf } from '../params/time-range.ts';
import type { PassportHop, PassportOpen } from './answer.ts';
import type { Facts, Place } from './facts.ts';
import { hopOf, placeOf } from './hops.ts';
import { samePlace } from './journeys.ts';
import { FORWARDERS } from './routes.ts';

/**
 * What the destinations made of a record, by their receipts; of what they refused the dead letter's note tells. A forwarder
 * that has never read this topic is not switched on, and says nothing.
 */
export function tellDeliveries(
  clean: Place,
  receivedMs: number,
  facts: Facts,
): { readonly hops: PassportHop[]; readonly open: PassportOpen[] } {
  const record = placeOf(clean, receivedMs);
  const hops: PassportHop[] = [];
  const open: PassportOpen[] = [];
  for (const stage of FORWARDERS) {
    const receipt = facts.deliveries.find(
      (d) => stageOf(d.destination) === stage && samePlace(d.place, clean),
    );
    const ledger = facts.ledger.find((l) => l.stage === stage && samePlace(l.place, clean)) ?? null;
    if (receipt === undefined) {
      if (ledger !== null && ledger.toOffset <= clean.offset)
        open.push({ stage, record, code: 'not_yet', message: `Not yet at ${stage}.` });
      continue;
    }
    if (receipt.outcome === 'rejected') continue;
    const { destination, status, attempts, settledMs } = receipt;
    const outcome = receipt.outcome === 'delivered' ? 'delivered' : 'dropped';
    const reason = receipt.reason === '' ? null : receipt.reason;
    const told = { at: isoOf(settledMs), at_is: 'exact', record, reason } as const;
    const delivery = outcome === 'delivered' ? { destination, status, attempts } : null;
    hops.push(hopOf({ stage, outcome, ...told, delivery }, ledger));
  }
  return { hops, open };
}

const stageOf = (destination: string): string => forwarderOf(destination as DestinationName);
