/** Epoch milliseconds of a timestamptz. */
export const msOf = (expression: string): string =>
  `(extract(epoch FROM ${expression}) * 1000)::double precision`;

/** A timestamptz of epoch milliseconds. */
export const timeOf = (parameter: string): string => `to_timestamp(${parameter}::double precision / 1000)`;

/** A moment so many milliseconds from now, by Postgres' clock. */
export const fromNow = (parameter: string): string =>
  `clock_timestamp() + ${parameter} * interval '1 millisecond'`;
