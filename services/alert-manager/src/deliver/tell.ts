import { groupKey, type Receiver, wants } from '@fineprint/alert-rules';
import type { RecordOf } from '@fineprint/topology';

type Alert = RecordOf<'alerts'>;

/** What a receiver was last told of an alert. */
export interface LastTold {
  readonly state: string;
  readonly severity: string;
  readonly groupKey: string;
}

/** Under which key a receiver is to be told of a record; null where it is not, or has been. Pure. */
export function tell(receiver: Receiver, alert: Alert, last: LastTold | null): string | null {
  if (alert.state === 'resolved') return last === null || last.state === 'resolved' ? null : last.groupKey;
  if (last === null) return wants(receiver, alert) ? groupKey(receiver, alert) : null;
  // Raised again is news only with another severity; more evidence of the same is none.
  return last.state === 'resolved' || last.severity === alert.severity ? null : last.groupKey;
}
