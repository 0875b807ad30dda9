/** JSON text in and out, for documents of any depth and numbers of any length. */

interface RawJson {
  readonly rawJSON: string;
}
interface JsonWithSource {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): RawJson;
  isRawJSON(value: unknown): value is RawJson;
}
const json = JSON as unknown as JsonWithSource;

/** More digits than a double holds exactly. */
const LONG_NUMBER = /\d{16}/;

/** The text of a number that a double cannot hold, or undefined. */
export function rawNumber(value: unknown): string | undefined {
  return json.isRawJSON(value) ? value.rawJSON : undefined;
}

/** Like JSON.parse, but numbers too long for a double keep their digits. Throws SyntaxError. */
export function parseJson(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  try {
    return json.parse(text, (_key, value, { source }) =>
      typeof value === 'number' &&
      source !== undefined &&
      String(value) !== source &&
      LONG_NUMBER.test(source)
        ? json.rawJSON(source)
        : value,
    );
  } catch (error) {
    if (error instanceof RangeError) return JSON.parse(text);
    throw error;
  }
}

/** Like JSON.stringify for parsed JSON, without its limit on depth. */
export function stringifyJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return stringifyDeep(value);
  }
}

interface Level {
  readonly node: object;
  readonly keys: readonly string[] | undefined;
  index: number;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !json.isRawJSON(value);
}

function stringifyDeep(root: unknown): string {
  if (!isContainer(root)) return JSON.stringify(root);
  const parts: string[] = [];
  const open = (node: object): Level => {
    const keys = Array.isArray(node) ? undefined : Object.keys(node);
    parts.push(keys === undefined ? '[' : '{');
    return { node, keys, index: 0 };
  };
  const stack: Level[] = [open(root)];
  for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
    const { keys } = level;
    const size = keys === undefined ? (level.node as readonly unknown[]).length : keys.length;
    if (level.index === size) {
      parts.push(keys === undefined ? ']' : '}');
      stack.pop();
      continue;
    }
    const key = keys === undefined ? String(level.index) : (keys[level.index] ?? '');
    if (level.index > 0) parts.push(',');
    if (keys !== undefined) parts.push(JSON.stringify(key), ':');
    level.index++;
    const child: unknown = (level.node as Record<string, unknown>)[key];
    if (isContainer(child)) stack.push(open(child));
    else parts.push(JSON.stringify(child) ?? 'null');
  }
  return parts.join('');
}

/** Members written in a JSON text: more than the parsed value has means duplicate names, of which only the last was seen. */
export function countMembers(text: string): number {
  let count = 0;
  let i = 0;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === 34) {
      i++;
      while (i < text.length && text.charCodeAt(i) !== 34) i += text.charCodeAt(i) === 92 ? 2 : 1;
    } else if (code === 58) count++;
    i++;
  }
  return count;
}
