export { type BackoffLimits, nextDelayMs, parseRetryAfter } from './backoff.ts';
export {
  type AiCalls,
  type Calls,
  type Conversion,
  createAiCalls,
  createCalls,
  type Engagement,
  type FunnelStep,
  type PageView,
} from './calls.ts';
export { type ConsentChoice, mayTrack, type PrivacySignals } from './consent.ts';
export { type About, type Draft, type Properties, type Stamp, toQueuedEvent } from './draft.ts';
export { SdkError, type SdkErrorCode } from './error.ts';
export type { Answer } from './judge.ts';
export { Outbox, type OutboxLimits, type OutboxPorts, type Outcome } from './outbox.ts';
export { outcomeError } from './outcome-error.ts';
export { type Batch, payloadOf, type QueuedEvent, type Route, routePaths } from './queued-event.ts';
export { currentSession, type Session } from './session.ts';
export { createIds } from './uuid.ts';
export type { Feedback, ModelRequest } from './wire.ts';
