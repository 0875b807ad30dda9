import type { RecordOf } from '@fineprint/topology';
import { v5 as uuidv5 } from 'uuid';

export type DeliveryRecord = RecordOf<'alerts.deliveries'>;

/** Namespace of the ids of messages and attempts. */
const NAMESPACE = 'c7d1b2b0-3d0e-5f4a-9f0b-6a4f3c2e1d58';

/** The same alerts to the same receiver are the same message. */
export const deliveryId = (receiver: string, alertIds: readonly string[]): string =>
  uuidv5(JSON.stringify([receiver, ...alertIds]), NAMESPACE);

type Outcome = 'delivered' | 'failed' | 'given_up' | 'silenced';

/** What is kept of an attempt. */
export function attemptRecord(
  attempt: Omit<DeliveryRecord, 'attempt_id' | 'outcome'> & { readonly outcome: Outcome },
): DeliveryRecord {
  const { delivery_id: id, attempt: number, outcome, silence_id: silence } = attempt;
  return { attempt_id: uuidv5(JSON.stringify([id, number, outcome, silence]), NAMESPACE), ...attempt };
}
