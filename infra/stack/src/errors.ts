/** Stable codes; a code never changes its meaning. */
export type StackErrorCode =
  | 'SETTINGS_INVALID'
  | 'PROVIDER_UNAVAILABLE'
  | 'STACK_BUSY'
  | 'PORT_TAKEN'
  | 'INSTALL_FAILED'
  | 'PREPARE_FAILED'
  | 'PROCESS_EXITED'
  | 'READY_TIMEOUT'
  | 'STOP_FAILED'
  | 'DOCKER_FAILED'
  | 'ENDPOINT_UNREACHABLE';

/** What went wrong, and in `fix` what the reader can do about it. */
export class StackError extends Error {
  readonly code: StackErrorCode;
  readonly fix: string;

  constructor(code: StackErrorCode, message: string, fix: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StackError';
    this.code = code;
    this.fix = fix;
  }
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
