/** An error as it may be logged: no fields other than these, because drivers attach rows, queries and payloads. */
export interface SerializedError {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: SerializedError;
}

const MAX_CAUSES = 3;
const MAX_FRAMES = 12;

/** Keeps name, code, message, stack frames and causes. */
export function serializeError(error: unknown, depth = 0): SerializedError {
  if (!(error instanceof Error)) return { name: 'NotAnError', message: `a ${typeof error} was thrown` };
  const code = 'code' in error ? error.code : undefined;
  const frames = framesOf(error);
  return {
    name: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
    message: safeMessage(error),
    ...(frames === '' ? {} : { stack: frames }),
    ...(error.cause instanceof Error && depth < MAX_CAUSES
      ? { cause: serializeError(error.cause, depth + 1) }
      : {}),
  };
}

/** JSON.parse quotes its input and zod lists keys: their messages may hold what a person typed. */
function safeMessage(error: Error): string {
  if (error instanceof SyntaxError) return 'syntax error';
  if ('issues' in error && Array.isArray(error.issues)) return `${error.issues.length} validation issues`;
  return error.message.replaceAll(/\/\/[^/\s@]+@/g, '//[credentials]@');
}

/** A stack starts with the message; only its frames are kept. */
function framesOf(error: Error): string {
  const lines = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return lines
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim())
    .join('\n');
}
