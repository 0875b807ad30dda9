import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { CLICKHOUSE_READER, CLICKHOUSE_USER, LOOPBACK } from '../parts.ts';
import type { Secrets } from '../secrets.ts';
import type { StackSettings } from '../settings.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';

/** ClickHouse's engine behind the HTTP face of infra/clickhouse-face. */
export function clickhouseSpec(settings: StackSettings, secrets: Secrets): ProcessSpec {
  const home = path.join(settings.dataDir, 'clickhouse');
  const usersFile = path.join(home, 'users.json');
  const origin = `http://${LOOPBACK}:${settings.ports.clickhouse}`;
  const users = [
    user(CLICKHOUSE_USER, secrets.get('clickhousePassword'), false),
    user(CLICKHOUSE_READER, secrets.get('clickhouseReaderPassword'), true),
  ];
  return {
    name: 'clickhouse',
    tier: 'part',
    command: process.execPath,
    args: [path.join(settings.repoDir, 'infra', 'clickhouse-face', 'src', 'main.ts')],
    env: {
      CLICKHOUSE_FACE_DATA_DIR: path.join(home, 'data'),
      CLICKHOUSE_FACE_HOST: LOOPBACK,
      CLICKHOUSE_FACE_PORT: String(settings.ports.clickhouse),
      CLICKHOUSE_FACE_USERS_FILE: usersFile,
    },
    cwd: settings.repoDir,
    ports: [settings.ports.clickhouse],
    url: origin,
    ready: { kind: 'http', url: `${origin}/ping` },
    prepare: async () => {
      fs.mkdirSync(home, { recursive: true, mode: 0o700 });
      fs.writeFileSync(usersFile, `${JSON.stringify(users, null, 2)}\n`, { mode: 0o600 });
    },
  };
}

function user(name: string, password: string, readonly: boolean) {
  return { name, passwordSha256: createHash('sha256').update(password).digest('hex'), readonly };
}
