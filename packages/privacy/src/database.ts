/** What is needed of a Postgres client, a pool, or something that looks like one. */
export interface Database {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>;
}
