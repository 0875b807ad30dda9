import { STARTUP_AUTHENTICATOR } from './users-xml.ts';
import { renderXml } from './xml.ts';

export type ServerXmlInput = {
  readonly dataDir: string;
  readonly usersXmlPath: string;
  readonly host: string;
  readonly port: number;
  readonly authenticateUrl: string;
  readonly maxServerMemoryBytes: number;
  readonly maxConnections: number;
};

const MEBIBYTE = 1024 * 1024;

/** The engine's server configuration. Everything it does not name keeps ClickHouse's own default. */
export function renderServerXml(input: ServerXmlInput): string {
  return renderXml([
    [
      'clickhouse',
      [
        ['path', `${input.dataDir}/`],
        ['users_config', input.usersXmlPath],
        // No overlay over the file system, which clickhouse-local otherwise makes its default database.
        ['default_database', ''],
        ['database', 'system'],
        ['listen_host', input.host],
        ['http_port', input.port],
        ['max_connections', input.maxConnections],
        ['keep_alive_timeout', 30],
        ['display_name', 'fineprint'],
        // The engine's own log holds query texts, and so perhaps personal data.
        ['log-level', 'none'],
        ['max_server_memory_usage', input.maxServerMemoryBytes],
        ['mark_cache_size', 256 * MEBIBYTE],
        [
          'http_authentication_servers',
          [
            [
              STARTUP_AUTHENTICATOR,
              [
                ['uri', input.authenticateUrl],
                ['max_tries', 1],
              ],
            ],
          ],
        ],
      ],
    ],
  ]);
}
