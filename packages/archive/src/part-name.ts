import path from 'node:path';

/** One file of the archive. */
export interface PartName {
  readonly dataset: string;
  /** When its rows were received, as YYYY-MM-DD in UTC. */
  readonly day: string;
  /** From 1 on: what came after a part was written is in the next one. */
  readonly part: number;
  /** The name of the key that it is encrypted with; null: in the clear. */
  readonly encryptedWith: string | null;
}

/** Inside the archive's folder; readers of Parquet know `day=` as a column. */
export const fileOf = ({ dataset, day, part, encryptedWith }: PartName): string =>
  path.join(dataset, `day=${day}`, `part-${part}.parquet${encryptedWith === null ? '' : '.enc'}`);

export const textOf = ({ dataset, day, part }: Pick<PartName, 'dataset' | 'day' | 'part'>): string =>
  `${dataset} ${day} part ${part}`;
