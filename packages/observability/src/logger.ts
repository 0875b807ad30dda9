import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { serializeError } from './serialize-error.ts';

export type { Logger } from 'pino';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** Names under which something personal or secret would travel; a second wall, callers log none of it. */
const HIDDEN = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'api_key',
  'write_key',
  'writeKey',
  'email',
  'phone',
  'ip',
  'user_id',
  'userId',
  'anonymous_id',
  'anonymousId',
  'session_id',
  'sessionId',
  'properties',
  'context',
  'traits',
  'body',
  'payload',
  'value',
];

/** JSON lines on stdout (or `destination`). Log `{ err }` for errors: code, message, frames; never payloads. */
export function createLogger(options: {
  readonly service: string;
  readonly level: LogLevel;
  readonly destination?: DestinationStream;
}): Logger {
  const settings = {
    level: options.level,
    base: { service: options.service, pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: serializeError, error: serializeError },
    redact: { paths: HIDDEN.flatMap((name) => [`["${name}"]`, `*["${name}"]`]), censor: '[hidden]' },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}
