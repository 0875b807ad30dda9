/** Stable codes; a code never changes its meaning. */
export type ReplayErrorCode =
  | 'REPLAY_UNKNOWN' // no replay of this id
  | 'REPLAY_BUSY' // another command works on it
  | 'REPLAY_STATE' // what was asked for is not possible in its state
  | 'RANGE_EMPTY' // nothing of that time is in Kafka, or the stage has not read it yet
  | 'TOO_MANY_DEAD_LETTERS'
  | 'LOADER_BEHIND' // rows of the range are not in the store yet
  | 'LOADER_RUNNING' // the loader's group has members while tables must not change
  | 'SWAP_DIFFERS'; // the replacement and the live table do not hold the same rows

/** What went wrong, and in `fix` what the reader can do about it. */
export class ReplayError extends Error {
  readonly code: ReplayErrorCode;
  readonly fix: string;

  constructor(code: ReplayErrorCode, message: string, fix: string) {
    super(message);
    this.name = 'ReplayError';
    this.code = code;
    this.fix = fix;
  }
}
