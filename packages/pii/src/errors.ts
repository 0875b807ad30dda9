export type PiiErrorCode =
  | 'PII_POLICY_INVALID'
  | 'PII_PSEUDONYM_KEY_MISSING'
  | 'PII_LINE_NOT_JSON'
  | 'PII_VALUE_TOO_LARGE';

/** The package's only error. Its message never quotes the data. */
export class PiiError extends Error {
  readonly code: PiiErrorCode;
  readonly problems: readonly string[];

  constructor(code: PiiErrorCode, message: string, problems: readonly string[] = []) {
    super(message);
    this.name = 'PiiError';
    this.code = code;
    this.problems = problems;
  }
}
