/** Every way the runtime refuses or fails. Stable: metrics, dead letters and callers name them. */
export type StreamErrorCode =
  | 'overloaded' // a bounded queue is full
  | 'closed' // the writer or consumer has been stopped
  | 'invalid_record' // a value does not fit its schema
  | 'record_too_large' // a record exceeds its topic's limit
  | 'write_failed' // Kafka did not acknowledge
  | 'registry_unavailable' // the schema registry did not answer
  | 'registry_certificate_untrusted' // nobody we trust signed its certificate
  | 'registry_login_refused' // it does not know this user, or the password is wrong
  | 'topics_differ' // Kafka's topics are not what the topology declares
  | 'topic_recreated' // a topic ends before a place that was reached in it
  | 'kafka_unavailable' // Kafka did not answer; worth trying again
  | 'kafka_certificate_untrusted' // nobody we trust signed the broker's certificate
  | 'kafka_login_refused' // it does not know this user, or the password is wrong
  | 'kafka_login_expected' // it wants a login, and none is set
  | 'kafka_tls_expected' // we speak plain text and the broker TLS
  | 'kafka_tls_not_spoken' // we speak TLS and the broker does not
  | 'destination_unavailable' // what events are forwarded to is away, busy or refuses the key; worth trying again
  | 'unavailable'; // a store is away or refuses; worth trying again

/** An error with a stable code. `retriable`: the same call may succeed later. */
export class StreamError extends Error {
  readonly code: StreamErrorCode;
  readonly retriable: boolean;
  /** Where in the record, as a JSON path. */
  readonly path: string | undefined;

  constructor(
    code: StreamErrorCode,
    message: string,
    options: { cause?: unknown; retriable?: boolean; path?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StreamError';
    this.code = code;
    this.retriable = options.retriable ?? false;
    this.path = options.path;
  }
}
