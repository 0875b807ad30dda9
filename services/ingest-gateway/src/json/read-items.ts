import { Problem } from '../problem/problem.ts';
import { JsonScanner, type ScanLimits, type ScanProblem } from './json-scanner.ts';
import { MalformedJson } from './malformed-json.ts';

export interface ReadLimits extends ScanLimits {
  readonly maxItems: number;
}

/** A member of an item's object: its key, and where its value stands in the body's text. */
export interface Member {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/** One event as it came, not yet looked into. */
export interface RawItem {
  readonly start: number;
  readonly end: number;
  readonly members: readonly Member[];
  /** Why it is refused already. */
  readonly problem: {
    readonly code: ScanProblem | 'not_an_object' | 'malformed_json';
    readonly path: string;
  } | null;
}

export interface RawItems {
  readonly items: readonly RawItem[];
  /** What stands beside `events` in `{"events": [...], "sent_at": ...}`. */
  readonly envelope: readonly Member[];
  /** The body was one event, not a list. */
  readonly single: boolean;
}

const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;

/**
 * Finds the events in a body: an object, an array, `{"events": [...]}`, or one value per line. Nothing is built; values
 * stay ranges of the text. Throws Problem where the body as a whole is no good.
 */
export function readItems(text: string, format: 'json' | 'ndjson', limits: ReadLimits): RawItems {
  const found = format === 'ndjson' ? readLines(text, limits) : readJson(text, limits);
  if (found.items.length === 0) throw new Problem('empty_body', 'There is no event in the body.');
  return found;
}

function readJson(text: string, limits: ReadLimits): RawItems {
  const scanner = new JsonScanner(text, limits);
  try {
    const first = scanner.peek();
    const found = first === OPEN_OBJECT ? readObject(scanner, limits) : readBareList(scanner, first, limits);
    if (scanner.peek() !== 0 || scanner.position < text.length) throw new MalformedJson(scanner.position);
    return found;
  } catch (error) {
    if (error instanceof MalformedJson) throw malformedBody(text, error.position);
    throw error;
  }
}

function malformedBody(text: string, position: number): Problem {
  if (text.trim() === '') return new Problem('empty_body', 'The body is empty.');
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  const column = position - before.lastIndexOf('\n');
  return new Problem('malformed_json', `The body stops being JSON at line ${line}, column ${column}.`);
}

function readBareList(scanner: JsonScanner, first: number, limits: ReadLimits): RawItems {
  if (first === OPEN_ARRAY) return { items: readArray(scanner, limits), envelope: [], single: false };
  return { items: [readItem(scanner)], envelope: [], single: true };
}

function readArray(scanner: JsonScanner, limits: ReadLimits): RawItem[] {
  const items: RawItem[] = [];
  scanner.array(() => {
    if (items.length === limits.maxItems) throw tooManyItems(limits);
    items.push(readItem(scanner));
  });
  return items;
}

const tooManyItems = (limits: ReadLimits) =>
  new Problem('too_many_events', `A request may hold ${limits.maxItems} events.`);

/** An event, or the envelope `{"events": [...]}`: no event has a field of that name. */
function readObject(scanner: JsonScanner, limits: ReadLimits): RawItems {
  const members: Member[] = [];
  let items: RawItem[] | undefined;
  let path = '$';
  const start = scanner.position;
  scanner.startItem();
  scanner.object((key) => {
    const isList = scanner.peek() === OPEN_ARRAY;
    if (key === 'events' && isList && items === undefined) {
      const problem = scanner.problem;
      items = readArray(scanner, limits);
      scanner.problem = problem;
    } else path = readMember(scanner, key, members) ?? path;
  });
  const problem = scanner.problem === null ? null : { code: scanner.problem, path };
  if (items === undefined) {
    return { items: [{ start, end: scanner.position, members, problem }], envelope: [], single: true };
  }
  if (problem !== null)
    throw new Problem(problem.code, `The object around the events is refused at ${path}.`);
  return { items, envelope: members, single: false };
}

/** Scans a member's value; answers its path if that is where the item's first problem is. */
function readMember(scanner: JsonScanner, key: string, members: Member[]): string | undefined {
  const wasGood = scanner.problem === null;
  scanner.peek();
  const start = scanner.position;
  scanner.value(2, key);
  members.push({ key, start, end: scanner.position });
  return wasGood && scanner.problem !== null ? pathOf(key) : undefined;
}

function readItem(scanner: JsonScanner): RawItem {
  scanner.startItem();
  const isObject = scanner.peek() === OPEN_OBJECT;
  const start = scanner.position;
  const members: Member[] = [];
  let path = '$';
  if (isObject) {
    scanner.object((key) => {
      path = readMember(scanner, key, members) ?? path;
    });
  } else scanner.value(1);
  const code = scanner.problem ?? (isObject ? null : 'not_an_object');
  return { start, end: scanner.position, members, problem: code === null ? null : { code, path } };
}

/** A bad line harms no other line. */
function readLines(text: string, limits: ReadLimits): RawItems {
  const items: RawItem[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const item = readLine(text, start, end, limits);
    if (item !== null) {
      if (items.length === limits.maxItems) throw tooManyItems(limits);
      items.push(item);
    }
    start = end + 1;
  }
  return { items, envelope: [], single: false };
}

function readLine(text: string, start: number, end: number, limits: ReadLimits): RawItem | null {
  const scanner = new JsonScanner(text, limits, start, end);
  if (scanner.peek() === 0 && scanner.position === end) return null;
  try {
    const item = readItem(scanner);
    if (scanner.peek() === 0 && scanner.position === end) return item;
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
  }
  return { start, end, members: [], problem: { code: 'malformed_json', path: '$' } };
}

/** A key's JSON path. Keys that are no identifiers may be personal (an address as a key) and are not repeated. */
export function pathOf(key: PropertyKey, parent = '$'): string {
  if (typeof key === 'number') return `${parent}[${key}]`;
  return /^[A-Za-z_]\w{0,63}$/.test(String(key)) ? `${parent}.${String(key)}` : `${parent}[?]`;
}
