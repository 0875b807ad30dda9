export { appendActs, type Queryable } from './append.ts';
export { type AuditLog, AuditLogFull, createAuditLog } from './audit-log.ts';
export { type Act, type Entry, FIRST_PREV_HASH, hashOf, type Outcome, outcomes } from './entry.ts';
export { type EntriesAsked, readChain, readEntries, readHead } from './read-entries.ts';
export { createSubjectHash } from './subject-hash.ts';
export { type Anchor, type Broken, type Flaw, flawMeanings, type Verdict, verifyChain } from './verify.ts';
