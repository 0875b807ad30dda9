export type { Database } from './database.ts';
export { createErasedList, type ErasedList, LIST_REFRESH_MS } from './erased-list.ts';
export { knownPseudonyms, pseudonymsOf, subjectsOfPseudonyms } from './pseudonyms.ts';
export {
  createSubjectHash,
  type SubjectHash,
  type SubjectId,
  type SubjectKind,
  subjectName,
  subjectOfName,
} from './subject.ts';
export {
  createSubjectBook,
  type Known,
  type Mention,
  type SubjectBook,
} from './subject-book.ts';
