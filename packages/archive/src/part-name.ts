import path from 'node:path';

/** One file of the archive. */
export interface PartName {
  readonly dataset: string;
  /** When its rows were received, as YYYY-MM-DD in UTC. */
  readonly day: string;
  /** From 1 on: what came after a part was written is in the next one. */
  readonly part: number;
}

/** Inside the archive's folder; readers of Parquet know `day=` as a column. */
export const fileOf = ({ dataset, day, part }: PartName): string =>
  path.join(dataset, `day=${day}`, `part-${part}.parquet`);

export const textOf = ({ dataset, day, part }: PartName): string => `${dataset} ${day} part ${part}`;
