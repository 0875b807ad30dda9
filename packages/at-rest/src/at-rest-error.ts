/** Stable: commands, logs and /ready name them. */
export type AtRestErrorCode =
  | 'encryption_keys_invalid' // ENCRYPTION_KEYS is not what it has to be
  | 'encryption_key_missing' // the file was written with a key that is not among those given
  | 'encryption_key_wrong' // a key of that name is there, and is another one; or the file's beginning was changed
  | 'encrypted_data_damaged' // bytes were changed, moved, or added
  | 'encrypted_data_truncated' // the end is missing
  | 'not_encrypted'; // no file of ours, or one in the clear

/** An error with a stable code. Never holds a key or what was to be read. */
export class AtRestError extends Error {
  readonly code: AtRestErrorCode;

  constructor(code: AtRestErrorCode, message: string) {
    super(message);
    this.name = 'AtRestError';
    this.code = code;
  }
}
