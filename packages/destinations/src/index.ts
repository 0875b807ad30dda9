import type { DestinationName } from '@fineprint/topology';
import { amplitude } from './amplitude.ts';
import type { Destination } from './destination.ts';
import { mixpanel } from './mixpanel.ts';
import { segment } from './segment.ts';
import { webhooks } from './webhooks.ts';

export { type Backoff, createBackoff } from './backoff.ts';
export { abandoned, type Breaker, CLOSED, enter, failed, succeeded } from './breaker.ts';
export {
  type DeletionApi,
  type DeletionCredentials,
  type DeletionRequest,
  type DeletionState,
  type DeletionSubject,
  type DeletionVendor,
  deletionApis,
} from './deletion.ts';
export type {
  Answer,
  Condition,
  Credentials,
  Destination,
  Fate,
  HttpRequest,
  Judgement,
  MappedEvent,
} from './destination.ts';
export { planRequests } from './plan-requests.ts';
export { categoryFor, EVERYTHING, type Prepared, prepare, type Selection } from './prepare.ts';
export { signature } from './webhooks.ts';

/** Every destination. */
export const destinationRecords: Readonly<Record<DestinationName, Destination>> = {
  ...{ mixpanel, amplitude, segment, webhooks },
};
