import pc from '../colors.ts';

const COLORS: Readonly<Record<string, (text: string) => string>> = {
  fatal: pc.red,
  error: pc.red,
  warn: pc.yellow,
  info: pc.green,
};

const SAID_ELSEWHERE = new Set(['level', 'time', 'msg', 'service', 'pid', 'err']);

/** A line of our loggers for people: time, level, message, fields. Any other line stays as it is. */
export function readableLine(line: string): string {
  const entry = parsed(line);
  if (entry === undefined) return line;
  const level = String(entry['level']);
  const color = COLORS[level] ?? pc.dim;
  const fields = Object.entries(entry)
    .filter(([name]) => !SAID_ELSEWHERE.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const error = errorText(entry['err']);
  const time = String(entry['time'] ?? '').slice(11, 23);
  return [pc.dim(time), color(level.padEnd(5)), String(entry['msg'] ?? ''), pc.dim(fields.join(' ')), error]
    .filter((part) => part !== '')
    .join(' ')
    .trimEnd();
}

function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line) as Record<string, unknown>;
    return typeof value['level'] === 'string' ? value : undefined;
  } catch {
    return undefined; // a line of another program that happens to begin so
  }
}

function errorText(err: unknown): string {
  if (err === null || typeof err !== 'object') return '';
  const { code, message } = err as { code?: unknown; message?: unknown };
  return pc.red(`(${[code, message].filter(Boolean).map(String).join(': ')})`);
}
