/**
 * `num_rows` of a Parquet footer: FileMetaData in Thrift's compact protocol, whose third field it is. What comes before is
 * skipped by its types.
 */
export function readRowCount(footer: Buffer): number {
  const reader = { footer, at: 0 };
  let field = 0;
  for (;;) {
    const head = byte(reader);
    const type = head & 0x0f;
    if (type === STOP) throw new Error('the Parquet footer tells no number of rows');
    field = head >> 4 === 0 ? zigzag(varint(reader)) : field + (head >> 4);
    if (field === ROWS_FIELD && (type === I32 || type === I64)) return zigzag(varint(reader));
    skip(reader, type, 0);
  }
}

const ROWS_FIELD = 3;
const [STOP, TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
] as const;
const MAX_DEPTH = 32;

interface Reader {
  readonly footer: Buffer;
  at: number;
}

function byte(reader: Reader): number {
  const value = reader.footer[reader.at];
  if (value === undefined) throw new Error('the Parquet footer ends too early');
  reader.at++;
  return value;
}

/** By arithmetic: counts of rows can be beyond 32 bits. */
function varint(reader: Reader): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const next = byte(reader);
    value += (next & 0x7f) * scale;
    if (next < 0x80) return value;
    if (scale > 2 ** 56) throw new Error('a number in the Parquet footer is too long');
  }
}

const zigzag = (n: number): number => (n % 2 === 0 ? n / 2 : -(n + 1) / 2);

function skip(reader: Reader, type: number, depth: number): void {
  if (depth > MAX_DEPTH) throw new Error('the Parquet footer is too deep');
  switch (type) {
    case TRUE:
    case FALSE:
      return;
    case BYTE:
      reader.at += 1;
      return;
    case I16:
    case I32:
    case I64:
      varint(reader);
      return;
    case DOUBLE:
      reader.at += 8;
      return;
    case BINARY:
      skipBinary(reader);
      return;
    case LIST:
    case SET:
      skipList(reader, depth);
      return;
    case MAP:
      skipMap(reader, depth);
      return;
    case STRUCT:
      skipStruct(reader, depth);
      return;
    default:
      throw new Error(`the Parquet footer has no type ${type}`);
  }
}

/** An element's boolean takes a byte of its own, unlike a field's. */
const skipElement = (reader: Reader, type: number, depth: number): void =>
  type === TRUE || type === FALSE ? void byte(reader) : skip(reader, type, depth + 1);

function skipBinary(reader: Reader): void {
  const length = varint(reader); // which moves the reader, so not in one statement with its use
  reader.at += length;
}

function skipList(reader: Reader, depth: number): void {
  const head = byte(reader);
  const size = head >> 4 === 15 ? varint(reader) : head >> 4;
  for (let i = 0; i < size; i++) skipElement(reader, head & 0x0f, depth);
}

function skipMap(reader: Reader, depth: number): void {
  const size = varint(reader);
  if (size === 0) return;
  const types = byte(reader);
  for (let i = 0; i < size; i++) {
    skipElement(reader, types >> 4, depth);
    skipElement(reader, types & 0x0f, depth);
  }
}

function skipStruct(reader: Reader, depth: number): void {
  for (;;) {
    const head = byte(reader);
    if ((head & 0x0f) === STOP) return;
    if (head >> 4 === 0) varint(reader);
    skip(reader, head & 0x0f, depth + 1);
  }
}
