export { type ClientAddress, clientAddressBehind } from './client-address.ts';
export { connectPostgres } from './connect-postgres.ts';
export { drainServer } from './drain-server.ts';
export { createGuessLimit, type GuessLimit } from './guess-limit.ts';
export { type HeldClient, holdClient } from './hold-client.ts';
export { inTransaction, type Queryable } from './in-transaction.ts';
export {
  createKeyDirectory,
  type KeyDirectory,
  type KeyDirectoryOptions,
  type LoadKeys,
  type StoredKey,
} from './key-directory.ts';
export { hashKey, keyForm, keyHint } from './key-form.ts';
export { createKeyUses, type KeyUses } from './key-uses.ts';
export { type CodeList, HttpProblem, httpCodes, type ProblemOptions, problemBody } from './problem.ts';
export { type OutboxRecord, type OutboxTable, publishOutbox } from './publish-outbox.ts';
export { type GivenTime, readTime } from './read-time.ts';
export { type Check, type ReadinessWatch, watchReadiness } from './readiness.ts';
export { type DocumentPages, documentPages } from './render-page.ts';
export { freshInstance, type Headers, SECURITY_HEADERS, send, sendJson, sendProblem } from './respond.ts';
export type { RouteRule } from './route-rule.ts';
export { createHttpServer, type ServerTimeouts } from './server.ts';
export { createServerErrorLog } from './server-error-log.ts';
export {
  type Claim,
  claimSlot,
  finishClaim,
  holdClaim,
  releaseClaim,
  renewClaim,
  type SlotTable,
  type SlotTimes,
  secondsBehind,
} from './slots.ts';
