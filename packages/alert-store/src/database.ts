/** What these functions need of a Postgres client or pool. */
export interface Database {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

/** SQL of a timestamp as whole epoch milliseconds. */
export const msOf = (expression: string) =>
  `floor(extract(epoch FROM ${expression}) * 1000)::double precision`;

/** SQL of a timestamp out of a parameter that holds epoch milliseconds. */
export const timeOf = (parameter: string) => `to_timestamp(${parameter}::double precision / 1000)`;
