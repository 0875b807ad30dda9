import { STARTUP_AUTHENTICATOR } from './users-xml.ts';
import { renderXml } from './xml.ts';

export type ServerXmlInput = {
  readonly dataDir: string;
  readonly usersXmlPath: string;
  /** Where the engine asks whether its own start-up session may come in. */
  readonly authenticateUrl: string;
  readonly maxServerMemoryBytes: number;
  readonly maxConnections: number;
};

const MEBIBYTE = 1024 * 1024;
const KEEP_ALIVE_SECONDS = 3;
/** Ones whose client has gone and whose query still ends. */
const SPARE_CONNECTIONS = 64;

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
        // For the proxy only, on a port the system picks.
        ['listen_host', '127.0.0.1'],
        ['http_port', 0],
        ['max_connections', input.maxConnections + SPARE_CONNECTIONS],
        // An idle connection holds up the stop for so long; shorter than what the engine waits before it gives up on them.
        ['keep_alive_timeout', KEEP_ALIVE_SECONDS],
        ['shutdown_wait_unfinished', KEEP_ALIVE_SECONDS + 3],
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
