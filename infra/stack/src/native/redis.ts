import fs from 'node:fs';
import path from 'node:path';
import { StackError } from '../errors.ts';
import { LOOPBACK } from '../parts.ts';
import { redisProbe } from '../probes/redis-probe.ts';
import type { StackSettings } from '../settings.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';

const REDIS_VERSION = '7.0.15';
const CPU_NAMES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** What Redis is told, whoever starts it. */
export const REDIS_BEHAVIOUR: Readonly<Record<string, string>> = {
  appendonly: 'yes',
  appendfsync: 'everysec',
  'aof-load-truncated': 'yes',
  // The deduplication index must refuse to grow rather than forget.
  'maxmemory-policy': 'noeviction',
  maxmemory: '512mb',
  save: '""',
};

export function redisConfig(settings: StackSettings, password: string, home: string): string {
  const lines = [
    `bind ${LOOPBACK}`,
    `port ${settings.ports.redis}`,
    'protected-mode yes',
    'daemonize no',
    `requirepass ${password}`,
    `dir "${home}"`,
    ...Object.entries(REDIS_BEHAVIOUR).map(([key, value]) => `${key} ${value}`),
  ];
  return `${lines.join('\n')}\n`;
}

export function redisSpec(settings: StackSettings, redisUrl: string, parts: string): ProcessSpec {
  const home = path.join(settings.dataDir, 'redis');
  const config = path.join(home, 'redis.conf');
  const password = new URL(redisUrl).password;
  return {
    name: 'redis',
    tier: 'part',
    command: path.join(parts, 'redis', redisBinary()),
    args: [config],
    env: {},
    cwd: settings.repoDir,
    ports: [settings.ports.redis],
    url: `redis://${LOOPBACK}:${settings.ports.redis}`,
    ready: { kind: 'probe', probe: (signal) => redisProbe(redisUrl, signal) },
    prepare: async () => {
      fs.mkdirSync(home, { recursive: true, mode: 0o700 });
      fs.writeFileSync(config, redisConfig(settings, password, home), { mode: 0o600 });
    },
  };
}

function redisBinary(): string {
  const cpu = CPU_NAMES[process.arch];
  if (cpu === undefined || !['linux', 'darwin'].includes(process.platform)) {
    throw new StackError(
      'PROVIDER_UNAVAILABLE',
      `There is no Redis binary for ${process.platform}/${process.arch}.`,
      'Use a Docker engine (FINEPRINT_PROVIDER=docker) or your own servers (FINEPRINT_PROVIDER=external).',
    );
  }
  return `redis-server-${REDIS_VERSION}-${process.platform}-${cpu}`;
}
