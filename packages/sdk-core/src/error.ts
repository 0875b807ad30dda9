/** Stable codes: programs switch on them. The READMEs list what to do about each. */
export type SdkErrorCode =
  | 'closed'
  | 'event_too_large'
  | 'invalid_options'
  | 'not_serializable'
  | 'not_allowed'
  | 'queue_damaged'
  | 'queue_full'
  | 'queue_in_use'
  | 'queue_write_failed'
  | 'events_refused'
  | 'events_expired'
  | 'gateway_unavailable'
  | 'invalid_credentials';

/** Everything that goes wrong here. The message says what to do; it holds no event's content. */
export class SdkError extends Error {
  override readonly name = 'SdkError';
  readonly code: SdkErrorCode;

  constructor(code: SdkErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
