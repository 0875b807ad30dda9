import { quoteIdentifier } from './sql.ts';
import { type FaceUser, RESERVED_USER, type UsersFile } from './users-file.ts';
import { renderXml, type XmlElement } from './xml.ts';

export const STARTUP_AUTHENTICATOR = 'startup';

export type ProfileLimits = {
  readonly maxConcurrentQueries: number;
  readonly maxQueryMemoryBytes: number;
  readonly readonlyMaxExecutionSeconds: number;
};

/** Settings about the answer's shape only. Clients and dashboards send them, so read-only users may change these. */
const CHANGEABLE_IN_READONLY = [
  'enable_http_compression',
  'http_zlib_compression_level',
  'http_response_buffer_size',
  'http_wait_end_of_query',
  'http_write_exception_in_output_format',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
  'add_http_cors_header',
  'date_time_output_format',
  'session_timezone',
  'extremes',
  'join_use_nulls',
  'max_result_rows',
  'result_overflow_mode',
  'log_comment',
  'output_format_json_quote_64bit_integers',
  'output_format_json_quote_64bit_floats',
  'output_format_json_quote_decimals',
  'output_format_json_quote_denormals',
  'output_format_json_named_tuples_as_objects',
  'output_format_json_escape_forward_slashes',
  'output_format_json_array_of_rows',
  'output_format_native_encode_types_in_binary_format',
  'output_format_binary_encode_types_in_binary_format',
  'output_format_binary_write_json_as_string',
  'output_format_native_write_json_as_string',
  'output_format_parquet_compression_method',
  'output_format_arrow_compression_method',
  'output_format_avro_codec',
  'output_format_csv_crlf_end_of_line',
  'output_format_tsv_crlf_end_of_line',
  'output_format_write_statistics',
  'output_format_decimal_trailing_zeros',
  'format_csv_delimiter',
] as const;

/** Filtered by the engine to what the user may see, or about the engine only; no table with other users' query texts. */
const READABLE_SYSTEM_TABLES = [
  'processes',
  'parts',
  'parts_columns',
  'detached_parts',
  'projections',
  'projection_parts',
  'merges',
  'mutations',
  'data_skipping_indices',
  'dictionaries',
  'metrics',
  'events',
  'asynchronous_metrics',
  'disks',
  'clusters',
  'macros',
  'table_engines',
  'table_functions',
  'data_type_families',
  'collations',
  'merge_tree_settings',
  'view_refreshes',
  'quota_usage',
  'current_roles',
  'enabled_roles',
  'time_zones',
  'build_options',
  'licenses',
  'graphite_retentions',
] as const;

export function renderUsersXml(file: UsersFile, limits: ProfileLimits): string {
  const profiles: XmlElement[] = [['default', commonSettings(limits)]];
  const users: XmlElement[] = [startupUser()];
  file.users.forEach((user, index) => {
    const profile = `profile_${index}`;
    profiles.push([profile, userProfile(user, limits)]);
    users.push([user.name, userElement(user, profile)]);
  });
  return renderXml([
    [
      'clickhouse',
      [
        ['profiles', profiles],
        ['quotas', [['default', []]]],
        ['users', users],
      ],
    ],
  ]);
}

function commonSettings(limits: ProfileLimits): XmlElement[] {
  return [
    // What a clickhouse-local session opens and a server keeps shut.
    ['allow_introspection_functions', 0],
    ['implicit_select', 0],
    ['storage_file_read_method', 'pread'],
    ['max_memory_usage', limits.maxQueryMemoryBytes],
    ['max_concurrent_queries_for_all_users', limits.maxConcurrentQueries],
    ['cancel_http_readonly_queries_on_client_close', 1],
    // Otherwise an error in mid-stream is a sentence inside a body that looks complete.
    ['http_write_exception_in_output_format', 0],
  ];
}

function userProfile(user: FaceUser, limits: ProfileLimits): XmlElement[] {
  const settings: XmlElement[] = Object.entries(user.settings ?? {}).map(([setting, value]) => [
    setting,
    typeof value === 'boolean' ? Number(value) : value,
  ]);
  if (!user.readonly) return [['profile', 'default'], ...settings];
  const maxSeconds = limits.readonlyMaxExecutionSeconds;
  const constraints: XmlElement[] = CHANGEABLE_IN_READONLY.map((setting) => [
    setting,
    [['changeable_in_readonly', []]],
  ]);
  constraints.push([
    'max_execution_time',
    [
      ['min', 1],
      ['max', maxSeconds],
      ['changeable_in_readonly', []],
    ],
  ]);
  return [
    ['profile', 'default'],
    ['max_execution_time', maxSeconds],
    ...settings,
    ['readonly', 1],
    ['constraints', constraints],
  ];
}

function userElement(user: FaceUser, profile: string): XmlElement[] {
  return [
    user.passwordSha256 === undefined ? ['no_password', []] : ['password_sha256_hex', user.passwordSha256],
    ['networks', [['ip', '::/0']]],
    ['profile', profile],
    ['quota', 'default'],
    ['default_database', user.defaultDatabase ?? defaultDatabase(user)],
    ['grants', grants(user).map((query) => ['query', query])],
  ];
}

function defaultDatabase(user: FaceUser): string {
  return user.databases === '*' ? 'default' : (user.databases[0] ?? 'default');
}

function grants(user: FaceUser): string[] {
  const scopes =
    user.databases === '*' ? ['*.*'] : user.databases.map((database) => `${quoteIdentifier(database)}.*`);
  const system = [
    ...READABLE_SYSTEM_TABLES.map((table) => `GRANT SELECT ON system.${table}`),
    'GRANT SELECT ON information_schema.*',
    'GRANT SELECT ON INFORMATION_SCHEMA.*',
  ];
  if (user.readonly) {
    // SELECT on *.* would include system.users and other users' query texts.
    const readable =
      user.databases === '*' ? ['GRANT SELECT, SHOW, dictGet ON *.*', 'REVOKE SELECT ON system.*'] : [];
    return [
      ...readable,
      ...scopes.filter((s) => s !== '*.*').map((s) => `GRANT SELECT, SHOW, dictGet ON ${s}`),
      ...system,
    ];
  }
  const writable = scopes.map((scope) => `GRANT ALL ON ${scope}`);
  const temporary = ['GRANT CREATE TEMPORARY TABLE ON *.*', 'GRANT TABLE ENGINE ON *'];
  const sources = user.sources === true ? ['GRANT SOURCES ON *.*'] : ['REVOKE SOURCES ON *.*'];
  return [...writable, ...temporary, ...sources, ...system];
}

/** May do what `startup-script.ts` says and nothing else, even if somebody got in as this user. */
function startupUser(): XmlElement {
  return [
    RESERVED_USER,
    [
      [
        'http_authentication',
        [
          ['server', STARTUP_AUTHENTICATOR],
          ['scheme', 'basic'],
        ],
      ],
      ['networks', [['ip', '127.0.0.1']]],
      ['profile', 'default'],
      ['quota', 'default'],
      [
        'grants',
        [
          ['query', 'GRANT CREATE DATABASE, SYSTEM LISTEN, CREATE TEMPORARY TABLE, KILL QUERY ON *.*'],
          ['query', 'GRANT SELECT ON system.processes'],
          ['query', 'GRANT READ ON URL'],
        ],
      ],
    ],
  ];
}
