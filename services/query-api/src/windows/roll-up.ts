import { type Block, type Lists, type Series, SKETCHES, WIDTH } from './block.ts';
import { startsOf } from './read-block.ts';
import { Sum } from './sum.ts';

/** All rows of some blocks as one row per series, at `startMs`. */
export function rollUp(blocks: readonly Block[], startMs: number): Block {
  const bySeries = new Map<string, { series: Series; rows: (readonly [Block, number])[] }>();
  for (const block of blocks) {
    const keys = block.series.map((series) => JSON.stringify(Object.values(series)));
    for (let row = 0; row < block.rows; row++) {
      const place = block.seriesOf[row] ?? 0;
      const series = block.series[place];
      if (series === undefined) throw new Error('a row is of a series that its block does not have');
      const key = keys[place] ?? '';
      const found = bySeries.get(key);
      if (found === undefined) bySeries.set(key, { series, rows: [[block, row]] });
      else found.rows.push([block, row]);
    }
  }
  const builder = new BlockBuilder(startMs);
  const sum = new Sum();
  for (const { series, rows } of bySeries.values()) {
    sum.reset();
    for (const [block, row] of rows) sum.add(block, row);
    builder.append(series, sum);
  }
  return builder.build();
}

class BlockBuilder {
  readonly #startMs: number;
  readonly #series: Series[] = [];
  readonly #numbers: number[] = [];
  readonly #sketches = { latency_ms: new ListBuilder(), ttft_ms: new ListBuilder() };
  readonly #errorTypes: string[] = [];
  readonly #errors = new ListBuilder();

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  append(series: Series, sum: Sum): void {
    this.#series.push(series);
    this.#numbers.push(...sum.numbers);
    for (const name of SKETCHES) {
      const { bins, counts } = sum.bins(name);
      this.#sketches[name].append(bins, counts);
    }
    const types = [...sum.errors().keys()];
    for (const type of types) if (!this.#errorTypes.includes(type)) this.#errorTypes.push(type);
    this.#errors.append(
      types.map((type) => this.#errorTypes.indexOf(type)),
      [...sum.errors().values()],
    );
  }

  build(): Block {
    const rows = this.#series.length;
    if (this.#numbers.length !== rows * WIDTH) throw new Error('a row has another width');
    return {
      rows,
      times: new Float64Array(rows).fill(this.#startMs),
      series: this.#series,
      seriesOf: Uint32Array.from({ length: rows }, (_, i) => i),
      numbers: Float64Array.from(this.#numbers),
      sketches: {
        latency_ms: this.#sketches.latency_ms.build(),
        ttft_ms: this.#sketches.ttft_ms.build(),
      },
      errorTypes: this.#errorTypes,
      errors: this.#errors.build(),
    };
  }
}

class ListBuilder {
  readonly #lengths: number[] = [];
  readonly #bins: number[][] = [];
  readonly #counts: number[][] = [];

  append(bins: number[], counts: number[]): void {
    this.#lengths.push(bins.length);
    this.#bins.push(bins);
    this.#counts.push(counts);
  }

  build(): Lists {
    return {
      starts: startsOf(Uint32Array.from(this.#lengths)),
      bins: Int16Array.from(this.#bins.flat()),
      counts: Uint32Array.from(this.#counts.flat()),
    };
  }
}
