import { CHANGEABLE_IN_READONLY } from './readonly-settings.ts';
import { userGrants } from './user-grants.ts';
import { type FaceUser, RESERVED_USER, type UsersFile } from './users-file.ts';
import { renderXml, type XmlElement } from './xml.ts';

export const STARTUP_AUTHENTICATOR = 'startup';

export type ProfileLimits = {
  readonly maxConcurrentQueries: number;
  readonly maxQueryMemoryBytes: number;
  readonly readonlyMaxExecutionSeconds: number;
};

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
    // One more, for the engine's own script, which waits for the stop.
    ['max_concurrent_queries_for_all_users', limits.maxConcurrentQueries + 1],
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
    ['grants', userGrants(user).map((query) => ['query', query])],
  ];
}

function defaultDatabase(user: FaceUser): string {
  return user.databases === '*' ? 'default' : (user.databases[0] ?? 'default');
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
