export type FaceErrorCode =
  | 'CONFIG_INVALID'
  | 'USERS_FILE_INVALID'
  | 'USERS_FILE_UNREADABLE'
  | 'ENGINE_START_FAILED'
  | 'ENGINE_START_TIMEOUT'
  | 'ENGINE_FAILED'
  | 'LISTEN_FAILED';

/** An error of the face itself; errors of queries come from the engine and never pass through here. */
export class FaceError extends Error {
  readonly code: FaceErrorCode;

  constructor(code: FaceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FaceError';
    this.code = code;
  }
}
