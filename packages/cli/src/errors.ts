/** Stable codes; a code never changes its meaning. */
export type CliErrorCode =
  | 'USAGE' // the command line itself is wrong
  | 'SETTINGS_INVALID' // services would not start with these
  | 'FILE_UNREADABLE'
  | 'MAPPING_INVALID'
  | 'FORMAT_UNKNOWN' // an input file that no mapping fits
  | 'STACK_NOT_RUNNING'
  | 'NO_WRITE_KEY'
  | 'WRITE_KEY_REFUSED'
  | 'GATEWAY_REFUSED' // the gateway answers, and will not take this
  | 'EVENTS_NOT_ACCEPTED' // `send` ended with some event rejected or lost
  | 'TOPIC_UNKNOWN'
  | 'TOPIC_RESTRICTED'
  | 'TOPIC_MISSING'
  | 'QUERY_FAILED'
  | 'LINES_NOT_JSON' // `scrub` ended with some line replaced by an error
  | 'LOG_UNKNOWN'
  | 'KEY_UNKNOWN'
  | 'DEFINITION_INVALID'
  | 'DEFINITION_UNKNOWN'
  | 'DEFINITION_REFUSED' // sound, but the store does not take it now
  | 'BASELINE_UNKNOWN' // nothing was chosen for this model
  | 'JOB_UNKNOWN'
  | 'JOB_REQUESTED' // a run of it was asked for, and nobody has begun with it
  | 'JOB_UNFINISHED' // a run takes longer than the command waits
  | 'REQUEST_UNKNOWN'
  | 'REQUEST_UNFINISHED'
  | 'NO_ARCHIVE'
  | 'NO_RECEIPT'
  | 'QUALITY_RUN_FAILED'
  | 'RULES_INVALID' // a file of data quality rules
  | 'PRICES_INVALID'
  | 'NO_API_KEY'
  | 'QUERY_API_REFUSED' // the query API answers, and will not do this
  | 'EVENT_INVALID' // an event that the gateway would refuse
  | 'NO_ENCRYPTION_KEYS'
  | 'EXPORT_BROKEN' // it ended before its checksum
  | 'DEAD_LETTER_UNKNOWN'
  | 'DEAD_LETTERS_TOO_MANY'
  | 'REPLAY_RUNNING' // another operator's replay is under way
  | 'REPLAY_INCOMPLETE' // `dlq replay` ended with some letter refused
  | 'NOT_READY' // `status` or `doctor` found something that is not as it should be
  | 'NO_OLDER_VERSION' // `chaos --from` names no commit of this repository
  | 'INTERRUPTED' // by Ctrl-C, before there was a result
  | 'UNEXPECTED';

/** What went wrong, and in `fix` what the reader can do about it. */
export class CliError extends Error {
  readonly code: CliErrorCode;
  readonly fix: string;

  constructor(code: CliErrorCode, message: string, fix: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
    this.fix = fix;
  }
}

export const EXIT_FAILURE = 1;
export const EXIT_USAGE = 2;

/** Exit codes: 1 for what failed, 2 for a command line that is wrong. */
export function exitCodeOf(error: unknown): number {
  return error instanceof CliError && error.code === 'USAGE' ? EXIT_USAGE : EXIT_FAILURE;
}
