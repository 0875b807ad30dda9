import { IN_RANGE } from '../ai/where.ts';
import type { Question } from '../clickhouse/warehouse.ts';
import type { TimeRange } from '../params/time-range.ts';
import {
  type Block,
  type Lists,
  MOMENTS,
  momentNames,
  NUMBERS,
  numberNames,
  type Series,
  SKETCHES,
} from './block.ts';

const SERIES_COLUMNS = 'model_name, model_version, provider, experiment_id, variant';
const list = (alias: string) =>
  `groupArray(toUInt32(length(${alias}.1))), groupArrayArray(${alias}.1), groupArrayArray(${alias}.2)`;

/**
 * The windows of a range, of every series, as one row of arrays: what arrives are the columns themselves. PREWHERE, because
 * with FINAL ClickHouse does not move a condition there by itself, and would read all bins of each granule it touches.
 */
export function blockQuestion(range: TimeRange): Question {
  const numbers = numberNames.map((name) => `toFloat64(${NUMBERS[name].from})`).join(', ');
  const moments = momentNames.map((name) => momentsOf(MOMENTS[name])).join(', ');
  const sketches = SKETCHES.map((name) => `sumMap(${name}_bins, ${name}_bin_counts) AS ${name}`).join(', ');
  return {
    query: `SELECT groupArray(toFloat64(minute * 60000)), groupArray(series),
        groupArrayArray(arrayConcat(numbers, arrayResize(moments, ${3 * momentNames.length}))),
        ${SKETCHES.map(list).join(', ')}, ${list('errors_by_type')}
      FROM (
        SELECT * FROM (
          SELECT intDiv(toUnixTimestamp64Milli(window_start), 60000) AS minute, toJSONString([${SERIES_COLUMNS}]) AS series,
            [${numbers}] AS numbers, ${sketches}, sumMap(mapKeys(errors), mapValues(errors)) AS errors_by_type
          FROM fineprint.ai_metrics FINAL
          PREWHERE window_start >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
            AND window_start < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
          GROUP BY minute, series
        ) AS m LEFT JOIN (
          SELECT intDiv(toUnixTimestamp64Milli(event_time), 60000) AS minute, toJSONString([model_name, model_version,
              ifNull(provider, ''), ifNull(experiment_id, ''), ifNull(variant, '')]) AS series, [${moments}] AS moments
          FROM fineprint.ai_requests WHERE ${IN_RANGE} GROUP BY minute, series
        ) AS r USING (minute, series)
        ORDER BY minute
      )`,
    values: { from: range.fromMs, to: range.toMs },
  };
}

/** Of no values the mean is no number: 0 beside the count of 0 says so instead. */
const momentsOf = (column: string) =>
  `toFloat64(count(${column})), ifNull(ifNotFinite(avg(${column}), 0), 0),
   ifNull(ifNotFinite(varPopStable(${column}), 0), 0) * count(${column})`;

/** Reads the answer to `blockQuestion`, in ClickHouse's RowBinary. */
export function readBlock(bytes: Buffer): Block {
  const reader = new ArrayReader(bytes);
  const times = reader.float64();
  const seriesTexts = reader.texts();
  const numbers = reader.float64();
  const latency = readLists(reader);
  const ttft = readLists(reader);
  const errorStarts = startsOf(reader.uint32());
  const errorNames = reader.texts();
  const errorCounts = reader.counts();
  const [series, seriesOf] = distinct(seriesTexts);
  const [errorTypes, errorBins] = distinct(errorNames);
  return {
    rows: times.length,
    times,
    series: series.map(toSeries),
    seriesOf,
    numbers,
    sketches: { latency_ms: latency, ttft_ms: ttft },
    errorTypes,
    errors: { starts: errorStarts, bins: Int16Array.from(errorBins), counts: errorCounts },
  };
}

function toSeries(text: string): Series {
  const [model = '', version = '', provider = '', experiment = '', variant = '']: string[] = JSON.parse(text);
  return { model, version, provider, experiment, variant };
}

function readLists(reader: ArrayReader): Lists {
  return {
    starts: startsOf(reader.uint32()),
    bins: Int16Array.from(reader.int32()),
    counts: reader.counts(),
  };
}

/** Lengths as where each list begins, and where the last one ends. */
export function startsOf(lengths: Uint32Array): Uint32Array {
  const starts = new Uint32Array(lengths.length + 1);
  for (const [i, length] of lengths.entries()) starts[i + 1] = (starts[i] ?? 0) + length;
  return starts;
}

/** Each text once, and of each its place. */
function distinct(texts: readonly string[]): [values: string[], places: Uint32Array] {
  const placeOf = new Map<string, number>();
  const places = new Uint32Array(texts.length);
  for (const [i, text] of texts.entries()) {
    const known = placeOf.get(text);
    places[i] = known ?? placeOf.size;
    if (known === undefined) placeOf.set(text, placeOf.size);
  }
  return [[...placeOf.keys()], places];
}

/** Arrays of RowBinary: a length, then the values as this machine's typed arrays hold them (little endian). */
class ArrayReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  float64(): Float64Array {
    return new Float64Array(this.#take(8));
  }

  int32(): Int32Array {
    return new Int32Array(this.#take(4));
  }

  uint32(): Uint32Array {
    return new Uint32Array(this.#take(4));
  }

  /** 64-bit counts of one window. */
  counts(): Uint32Array {
    return Uint32Array.from(new BigInt64Array(this.#take(8)), Number);
  }

  texts(): string[] {
    return Array.from({ length: this.#length() }, () => {
      const length = this.#length();
      this.#at += length;
      return this.#bytes.toString('utf8', this.#at - length, this.#at);
    });
  }

  /** A copy, since typed arrays need aligned memory. */
  #take(width: number): ArrayBuffer {
    const size = this.#length() * width;
    if (this.#at + size > this.#bytes.length) throw new Error('ClickHouse sent less than it announced');
    const copy = new ArrayBuffer(size);
    new Uint8Array(copy).set(this.#bytes.subarray(this.#at, this.#at + size));
    this.#at += size;
    return copy;
  }

  /** LEB128. */
  #length(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error('ClickHouse sent less than it announced');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }
}
