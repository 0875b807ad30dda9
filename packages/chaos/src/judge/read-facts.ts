import path from 'node:path';
import type { DestinationServer } from '../destination/destination-server.ts';
import type { Book } from '../load/book.ts';
import type { Target } from '../target.ts';
import { compareStores } from './compare-stores.ts';
import type { Facts } from './facts.ts';
import { readCopies } from './read-copies.ts';
import { readDelivered } from './read-delivered.ts';
import { findPersonalDataInLogs } from './read-logs.ts';
import { findPersonalData, readFunnel, readMetrics, readStored } from './read-stores.ts';
import { readTopics } from './read-topics.ts';

/** Everything the judge needs, after the pipeline has come to rest. */
export async function readFacts(target: Target, book: Book, destination: DestinationServer): Promise<Facts> {
  const { clean, personalData, deadLetteredIds, refusedCopies, undelivered, deadLetteredKeys } =
    await readTopics(target);
  const inStores = await findPersonalData(target);
  const inLogs = await findPersonalDataInLogs(path.join(target.stack.settings.dataDir, 'logs'));
  return {
    sent: book.events,
    acknowledged: book.acknowledgedIds,
    stored: await readStored(target),
    copies: [
      ...(await readCopies(target, refusedCopies)),
      await readDelivered(target, destination, undelivered),
    ],
    compared: await compareStores(target, new Set([...refusedCopies.values()].flatMap((ids) => [...ids]))),
    clean,
    deadLettered: deadLetteredIds,
    garbage: { sent: book.garbageKeys, deadLettered: deadLetteredKeys },
    metrics: await readMetrics(target),
    funnelLevels: await readFunnel(target),
    personalData: new Map([...personalData, ...inStores, ...inLogs, ...destination.personalData()]),
  };
}
