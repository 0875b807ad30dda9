import type { DestinationServer } from '../destination/destination-server.ts';
import type { Target } from '../target.ts';
import type { StoredCopy } from './facts.ts';

/** Of the rules by which a forwarder leaves an event out, those that a run's settings leave: they select nothing. */
const RULES = "('consent_denied', 'no_consent')";

/** What the destination holds. Its forwarder answers for the rest: in its dead letter, or left out by a stated rule. */
export async function readDelivered(
  target: Target,
  destination: DestinationServer,
  undelivered: ReadonlySet<string>,
): Promise<StoredCopy> {
  const { name } = destination;
  const leftOut = await target.sql<{ id: string }>(
    `SELECT DISTINCT toString(event_id) AS id FROM deliveries
     WHERE destination = '${name}' AND outcome = 'dropped' AND reason IN ${RULES}`,
  );
  const refused = new Set([...undelivered, ...leftOut.map((row) => row.id)]);
  return { table: name, kind: 'product', ids: destination.ids(), refused };
}
