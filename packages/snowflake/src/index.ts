export { explain, LOCKED, SnowflakeError, TIMED_OUT, toSnowflakeError } from './errors.ts';
export { createExclusiveSessions, type ExclusiveSessions } from './exclusive-sessions.ts';
export { type Bind, openSession, type SessionOptions, type SnowflakeSession } from './session.ts';
export { type SnowflakeSettings, snowflakeSettings } from './settings.ts';
