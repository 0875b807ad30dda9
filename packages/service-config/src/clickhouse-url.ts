/** ClickHouse's HTTP address: CLICKHOUSE_HOST may be a bare name or a URL; CLICKHOUSE_PORT wins over the URL's port. */
export function clickhouseUrl(config: {
  readonly CLICKHOUSE_HOST: string;
  readonly CLICKHOUSE_PORT: number | undefined;
}): string {
  const host = config.CLICKHOUSE_HOST;
  const isUrl = /^https?:\/\//.test(host);
  const address = new URL(isUrl ? host : `http://${host}`);
  if (config.CLICKHOUSE_PORT !== undefined) address.port = String(config.CLICKHOUSE_PORT);
  else if (address.port === '' && !isUrl) address.port = '8123';
  return address.origin;
}
