import { momentNames, type NumberName, numberNames } from '../windows/block.ts';

type Bins = readonly (readonly [bin: number, count: number])[];

/** One window of one series, as ClickHouse answers a question for blocks. */
export interface WindowRow {
  readonly startMs: number;
  /** model, version, provider, experiment, variant */
  readonly series: readonly [string, string, string, string, string];
  readonly numbers: Readonly<Partial<Record<NumberName, number>>>;
  /** Count, mean, and sum of squared distances. */
  readonly moments?: readonly [number, number, number];
  readonly latency?: Bins;
  readonly ttft?: Bins;
  readonly errors?: Readonly<Record<string, number>>;
}

const EMPTY: Readonly<Partial<Record<NumberName, number>>> = {
  latency_min: Number.POSITIVE_INFINITY,
  latency_max: Number.NEGATIVE_INFINITY,
  ttft_min: Number.POSITIVE_INFINITY,
  ttft_max: Number.NEGATIVE_INFINITY,
};

/** Rows in ClickHouse's RowBinary. */
export function encodeBlock(rows: readonly WindowRow[]): Buffer {
  const errorsOf = (row: WindowRow) => Object.entries(row.errors ?? {});
  const lists = (binsOf: (row: WindowRow) => Bins) => [
    array(rows, (row) => uint32(binsOf(row).length)),
    array(rows.flatMap(binsOf), ([bin]) => int32(bin)),
    array(rows.flatMap(binsOf), ([, count]) => int64(count)),
  ];
  return Buffer.concat([
    array(rows, (row) => float64(row.startMs)),
    array(rows, (row) => text(JSON.stringify(row.series))),
    array(
      rows.flatMap((row) => [
        ...numberNames.map((name) => row.numbers[name] ?? EMPTY[name] ?? 0),
        ...momentNames.flatMap(() => row.moments ?? [0, 0, 0]),
      ]),
      float64,
    ),
    ...lists((row) => row.latency ?? []),
    ...lists((row) => row.ttft ?? []),
    array(rows, (row) => uint32(errorsOf(row).length)),
    array(rows.flatMap(errorsOf), ([type]) => text(type)),
    array(rows.flatMap(errorsOf), ([, count]) => int64(count)),
  ]);
}

function array<T>(values: readonly T[], encode: (value: T) => Buffer): Buffer {
  return Buffer.concat([varint(values.length), ...values.map(encode)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

const text = (value: string) => {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(bytes.length), bytes]);
};
const float64 = (value: number) => Buffer.from(Float64Array.of(value).buffer);
const int32 = (value: number) => Buffer.from(Int32Array.of(value).buffer);
const uint32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const int64 = (value: number) => Buffer.from(BigInt64Array.of(BigInt(value)).buffer);
