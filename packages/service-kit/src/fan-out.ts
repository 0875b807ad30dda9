import type { StreamObserver } from '@fineprint/stream-runtime';

/** One observer that tells several. */
export function fanOut(...observers: readonly StreamObserver[]): StreamObserver {
  return {
    assigned: (partitions) => observers.forEach((o) => void o.assigned(partitions)),
    revoked: () => observers.forEach((o) => void o.revoked()),
    fetched: (...event) => observers.forEach((o) => void o.fetched(...event)),
    processed: (event) => observers.forEach((o) => void o.processed(event)),
    retrying: (event) => observers.forEach((o) => void o.retrying(event)),
    commitFailed: (error) => observers.forEach((o) => void o.commitFailed(error)),
  };
}
