import { SdkError } from './error.ts';
import type { Outcome } from './outbox.ts';

const LOST_CODES = { refused: 'events_refused', expired: 'events_expired', overflow: 'queue_full' } as const;

/** What the owner is told of an outcome; nothing where all went well. */
export function outcomeError(outcome: Outcome): SdkError | undefined {
  if (outcome.kind === 'lost')
    return new SdkError(LOST_CODES[outcome.reason], `${outcome.events} events given up: ${outcome.reason}.`);
  if (outcome.kind === 'delivered')
    return outcome.rejected === 0
      ? undefined
      : new SdkError('events_refused', `${outcome.rejected} events are in the gateway's dead letters.`);
  const { answer, isCredentials, retryInMs } = outcome;
  const what = `The gateway answered ${answer?.status ?? 'nothing'}; next try in ${retryInMs} ms`;
  return isCredentials
    ? new SdkError('invalid_credentials', `${what}. Check the write key and its origins.`)
    : new SdkError('gateway_unavailable', `${what}.`);
}
