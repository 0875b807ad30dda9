/** ClickHouse as an account that may write. 64-bit numbers come as numbers. The job runner's warehouse is one. */
export interface BusinessStore {
  rows<T>(query: string, values: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<T[]>;
  /** Runs a statement that answers nothing. */
  command(query: string, values: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void>;
}
