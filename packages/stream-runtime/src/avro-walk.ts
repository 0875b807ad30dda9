import { isUtf8 } from 'node:buffer';

/**
 * A bounds-checked walk over an Avro datum. avsc's decoder does not look at the end of its buffer until it is done, so
 * a forged array length makes it loop for hours; bytes that anybody may have published are walked first.
 *
 * Source: Apache Avro 1.12 specification, "Binary Encoding".
 */
export type AvroWalk = (bytes: Buffer, position: number, end: number) => number;

type Schema = string | Schema[] | { type: Schema; name?: string; namespace?: string; [key: string]: unknown };

const BAD = -1;

/** True when the bytes are exactly one datum of the schema the walk was compiled from. */
export function isOneDatum(walk: AvroWalk, datum: Buffer): boolean {
  return walk(datum, 0, datum.length) === datum.length;
}

/**
 * Compiles a schema (JSON) to a walk that answers where the datum ends, or -1 where it does not fit.
 * With `checkUtf8` strings must be UTF-8, which costs a native call each.
 */
export function compileWalk(
  schema: object,
  options: { checkUtf8: boolean } = { checkUtf8: false },
): AvroWalk {
  return compile(schema as Schema, new Map(options.checkUtf8 ? [['string', utf8String]] : []));
}

/** `named`: the types that the schema has named so far; one called `string` stands in for the primitive. */
function compile(schema: Schema, named: Map<string, AvroWalk>): AvroWalk {
  if (Array.isArray(schema)) return union(schema.map((s) => compile(s, named)));
  if (typeof schema === 'string') return named.get(schema) ?? primitives[schema] ?? reference(schema, named);
  const { type } = schema;
  if (type === 'record') return record(schema as unknown as RecordSchema, named);
  if (type === 'enum') return remember(schema, named, enumeration((schema['symbols'] as string[]).length));
  if (type === 'fixed') return remember(schema, named, fixed(schema['size'] as number));
  if (type === 'array') return blocks(compile(schema['items'] as Schema, named));
  if (type === 'map')
    return blocks(pair(compile('string', named), compile(schema['values'] as Schema, named)));
  return compile(type, named);
}

interface RecordSchema {
  type: 'record';
  name: string;
  fields: { type: Schema }[];
}

function remember(schema: { name?: string }, named: Map<string, AvroWalk>, walk: AvroWalk): AvroWalk {
  if (schema.name !== undefined) named.set(shortName(schema.name), walk);
  return walk;
}

const shortName = (name: string) => name.slice(name.lastIndexOf('.') + 1);

/** A named type may be used before its walk is complete (a record inside itself), so it is looked up when walked. */
function reference(name: string, named: Map<string, AvroWalk>): AvroWalk {
  return (bytes, position, end) => named.get(shortName(name))?.(bytes, position, end) ?? BAD;
}

function record(schema: RecordSchema, named: Map<string, AvroWalk>): AvroWalk {
  const fields: AvroWalk[] = [];
  const walk: AvroWalk = (bytes, start, end) => {
    let position = start;
    for (const field of fields) {
      position = field(bytes, position, end);
      if (position === BAD) return BAD;
    }
    return position;
  };
  remember(schema, named, walk);
  for (const field of schema.fields) fields.push(compile(field.type, named));
  return walk;
}

/** Where a variable-length integer of at most ten bytes ends. */
const skipVarint: AvroWalk = (bytes, start, end) => {
  const last = Math.min(end, start + 10);
  for (let position = start; position < last; position++) {
    if ((bytes[position] as number) < 0x80) return position + 1;
  }
  return BAD;
};

/** A zigzag integer, exact up to 2^53; NaN beyond, which no comparison accepts. */
function readLong(bytes: Buffer, start: number, next: number): number {
  if (next - start > 8) return Number.NaN;
  let value = 0;
  let scale = 1;
  for (let position = start; position < next; position++) {
    value += ((bytes[position] as number) & 0x7f) * scale;
    scale *= 128;
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

const sized: AvroWalk = (bytes, start, end) => {
  const next = skipVarint(bytes, start, end);
  if (next === BAD) return BAD;
  const length = readLong(bytes, start, next);
  return length >= 0 && length <= end - next ? next + length : BAD;
};

const utf8String: AvroWalk = (bytes, start, end) => {
  const after = sized(bytes, start, end);
  if (after === BAD) return BAD;
  return isUtf8(bytes.subarray(skipVarint(bytes, start, end), after)) ? after : BAD;
};

const fixed =
  (size: number): AvroWalk =>
  (_bytes, start, end) =>
    size <= end - start ? start + size : BAD;

const boolean: AvroWalk = (bytes, start, end) =>
  start < end && (bytes[start] as number) <= 1 ? start + 1 : BAD;

const primitives: Readonly<Record<string, AvroWalk>> = {
  null: (_bytes, start) => start,
  boolean,
  int: skipVarint,
  long: skipVarint,
  float: fixed(4),
  double: fixed(8),
  bytes: sized,
  string: sized,
};

const enumeration =
  (symbols: number): AvroWalk =>
  (bytes, start, end) => {
    const next = skipVarint(bytes, start, end);
    if (next === BAD) return BAD;
    const index = readLong(bytes, start, next);
    return index >= 0 && index < symbols ? next : BAD;
  };

const union =
  (branches: readonly AvroWalk[]): AvroWalk =>
  (bytes, start, end) => {
    const next = skipVarint(bytes, start, end);
    if (next === BAD) return BAD;
    const branch = branches[readLong(bytes, start, next)];
    return branch === undefined ? BAD : branch(bytes, next, end);
  };

const pair =
  (key: AvroWalk, value: AvroWalk): AvroWalk =>
  (bytes, start, end) => {
    const next = key(bytes, start, end);
    return next === BAD ? BAD : value(bytes, next, end);
  };

/** `count` items one after another. Items take at least a byte each in every schema of ours; a longer claim is forged. */
function skipItems(item: AvroWalk, count: number, bytes: Buffer, start: number, end: number): number {
  if (!(count <= end - start)) return BAD;
  let position = start;
  for (let i = 0; i < count && position !== BAD; i++) position = item(bytes, position, end);
  return position;
}

/** Arrays and maps: blocks of a count and that many items, closed by a zero count. A negative count is followed by its size. */
const blocks =
  (item: AvroWalk): AvroWalk =>
  (bytes, start, end) => {
    let position = start;
    while (position !== BAD) {
      const next = skipVarint(bytes, position, end);
      if (next === BAD) return BAD;
      const count = readLong(bytes, position, next);
      if (count === 0) return next;
      position = count < 0 ? skipVarint(bytes, next, end) : next;
      if (position !== BAD) position = skipItems(item, Math.abs(count), bytes, position, end);
    }
    return BAD;
  };
