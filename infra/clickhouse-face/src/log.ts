export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** One JSON line on stdout. Life-cycle events only: no query, value, user or address ever comes here. */
export function log(level: 'info' | 'error', event: string, fields: LogFields = {}): void {
  const line = { time: new Date().toISOString(), level, service: 'clickhouse-face', event, ...fields };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
