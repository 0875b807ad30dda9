import { FACTS_HOLD_MS, StreamError, type TopicAdmin } from '@fineprint/stream-runtime';
import { inputTopics, nodes } from '@fineprint/topology';

/** How long the scrubber's writes may take until they are given up. */
export const DELIVERY_TIMEOUT_MS = 5_000;
/** How long after that a request may still be on its way to Kafka. */
const FLIGHT_MS = 5_000;
/** By then a claim that was answered has led to a record in the clean topic, or never will. */
export const SETTLE_MS = FACTS_HOLD_MS + DELIVERY_TIMEOUT_MS + FLIGHT_MS;

/** Whether the group has committed everything that the raw topics hold: then no claim is waiting for its write. */
export async function isCaughtUp(admin: Pick<TopicAdmin, 'watermarks' | 'committed'>): Promise<boolean> {
  const { group } = nodes['pii-scrubber'];
  for (const topic of inputTopics(nodes['pii-scrubber'])) {
    const committed = new Map((await admin.committed(group, topic)).map((p) => [p.partition, p.nextOffset]));
    for (const { partition, low, high } of await admin.watermarks(topic))
      if (high > low && (committed.get(partition) ?? low) < high) return false;
  }
  return true;
}

/** Asks Kafka by a connection that is made when it is first needed. A failure is the caller's; the next call connects anew. */
export function watchCaughtUp(connect: () => Promise<TopicAdmin>) {
  let connecting: Promise<TopicAdmin> | undefined;
  const admin = () => {
    connecting ??= connect().catch((error: unknown) => {
      connecting = undefined;
      throw error;
    });
    return connecting;
  };
  return {
    ask: async () => isCaughtUp(await admin()),
    /** Where each partition of consent.updates ends. Rejects with a retriable StreamError. */
    async consentEnds() {
      try {
        return await (await admin()).watermarks('consent.updates');
      } catch (cause) {
        throw new StreamError('kafka_unavailable', 'Kafka does not say where consent.updates ends', {
          cause,
          retriable: true,
        });
      }
    },
    close: async () => {
      await (await connecting)?.close();
    },
  };
}
