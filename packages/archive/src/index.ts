export { type ExpectedPart, partProblem } from './check-part.ts';
export { type Archive, openForReading } from './open-file.ts';
export { fileOf, type PartName, textOf } from './part-name.ts';
export {
  type ArchivedPart,
  listParts,
  nextPart,
  noteDeleted,
  noteFileRemoved,
  openParts,
  outdatedParts,
  recordPart,
} from './records.ts';
export {
  discardPart,
  discardUnfinished,
  finishPart,
  removePartFile,
  type WrittenPart,
  writePart,
} from './write-part.ts';
