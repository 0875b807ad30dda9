import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {
  CLICKHOUSE_DATABASE,
  CLICKHOUSE_MASKED_DATABASE,
  CLICKHOUSE_MASKED_READER,
  CLICKHOUSE_READER,
  CLICKHOUSE_USER,
  LOOPBACK,
} from '../parts.ts';
import type { Secrets } from '../secrets.ts';
import type { StackSettings } from '../settings.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';

/** ClickHouse's engine behind the HTTP face of infra/clickhouse-face. */
export function clickhouseSpec(settings: StackSettings, secrets: Secrets): ProcessSpec {
  const home = path.join(settings.dataDir, 'clickhouse');
  const usersFile = path.join(home, 'users.json');
  const origin = `http://${LOOPBACK}:${settings.ports.clickhouse}`;
  const users = [
    { name: CLICKHOUSE_USER, ...hashed(secrets.get('clickhousePassword')), readonly: false, databases: '*' },
    {
      name: CLICKHOUSE_READER,
      ...hashed(secrets.get('clickhouseReaderPassword')),
      readonly: true,
      databases: [CLICKHOUSE_DATABASE, CLICKHOUSE_MASKED_DATABASE],
      defaultDatabase: CLICKHOUSE_DATABASE,
    },
    {
      name: CLICKHOUSE_MASKED_READER,
      ...hashed(secrets.get('clickhouseMaskedPassword')),
      readonly: true,
      databases: [CLICKHOUSE_MASKED_DATABASE],
      defaultDatabase: CLICKHOUSE_MASKED_DATABASE,
    },
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
    // It lets running queries end first, and kills itself when that takes too long.
    stopTimeoutMs: 45_000,
    prepare: async () => {
      fs.mkdirSync(home, { recursive: true, mode: 0o700 });
      fs.writeFileSync(usersFile, `${JSON.stringify({ users }, null, 2)}\n`, { mode: 0o600 });
    },
  };
}

function hashed(password: string) {
  return { passwordSha256: createHash('sha256').update(password).digest('hex') };
}
