import { readFileSync } from 'node:fs';
import { parseConfig } from './config.ts';
import { FaceError } from './errors.ts';
import { type Face, startFace } from './face.ts';
import { log } from './log.ts';
import { parseUsersFile, type UsersFile } from './users-file.ts';

/** On top of the drain: the engine's own closing. After that the process is killed, which loses no acknowledged row. */
const CLOSE_TIMEOUT_MS = 20_000;

function readUsers(path: string): UsersFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new FaceError('USERS_FILE_UNREADABLE', `cannot read CLICKHOUSE_FACE_USERS_FILE at ${path}`, {
      cause: error,
    });
  }
  return parseUsersFile(text);
}

function stopOnSignal(face: Face, drainTimeoutMs: number): void {
  const stop = (signal: NodeJS.Signals): void => {
    log('info', 'stopping', { signal });
    setTimeout(() => {
      log('error', 'stop timed out, killing the engine');
      process.kill(process.pid, 'SIGKILL');
    }, drainTimeoutMs + CLOSE_TIMEOUT_MS).unref();
    face.stop();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

try {
  const startedAtMs = Date.now();
  const config = parseConfig(process.env);
  const users = readUsers(config.usersFile);
  const face = await startFace(config, users);
  stopOnSignal(face, config.drainTimeoutMs);
  log('info', 'ready', {
    host: config.host,
    port: config.port,
    users: users.users.length,
    startMs: Date.now() - startedAtMs,
  });
  await face.ended;
  log('info', 'stopped');
  process.exit(0);
} catch (error) {
  const code = error instanceof FaceError ? error.code : 'INTERNAL';
  log('error', 'failed', { code, message: error instanceof Error ? error.message : String(error) });
  // A running engine's threads would hold up an orderly exit for ever.
  if (code === 'ENGINE_START_TIMEOUT') process.kill(process.pid, 'SIGKILL');
  process.exit(1);
}
