export { type ExpectedPart, partProblem } from './check-part.ts';
export { type Archive, openForReading } from './open-file.ts';
export { fileOf, type PartName, textOf } from './part-name.ts';
export {
  type ArchivedPart,
  lastPart,
  listParts,
  noteDeleted,
  noteFileRemoved,
  noteFinished,
  openParts,
  outdatedParts,
  recordPart,
} from './records.ts';
export {
  discardPart,
  discardUnfinished,
  finishPart,
  lastPartOnDisk,
  removePartFile,
  type WrittenPart,
  writePart,
} from './write-part.ts';
