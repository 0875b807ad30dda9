export {
  type Asked,
  type Condition,
  clickhouseCondition,
  clickhouseHashCondition,
  postgresCondition,
  snowflakeCondition,
} from './condition.ts';
export type { Database } from './database.ts';
export { createErasedList, type ErasedList, LIST_REFRESH_MS, openErasedList } from './erased-list.ts';
export { knownPseudonyms, pseudonymsOf, subjectsOfPseudonyms } from './pseudonyms.ts';
export { isSigned, type Receipt, signReceipt } from './receipt.ts';
export { reopenErasures } from './reopen-erasures.ts';
export {
  type Archive,
  type AskedSubject,
  listRequests,
  openRequest,
  type PrivacyRequest,
  type Regulation,
  type RequestKind,
  type RequestState,
  type RequestStep,
  readRequest,
  regulations,
  requestKinds,
  type StepName,
} from './requests.ts';
export { emptyScope, idsOf, joined, type Scope } from './scope.ts';
export {
  createRequestHash,
  createSubjectHash,
  type SubjectHash,
  type SubjectId,
  type SubjectKind,
  subjectName,
  subjectOfName,
} from './subject.ts';
export { createSubjectBook, type Known, type Mention, type SubjectBook } from './subject-book.ts';
export { type Holds, type SubjectTable, subjectTables } from './subject-tables.ts';
