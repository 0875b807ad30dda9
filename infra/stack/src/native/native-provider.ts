import fs from 'node:fs';
import path from 'node:path';
import { PART_NAMES, type PartName } from '../parts.ts';
import type { Provider, ProviderContext } from '../provider.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import { processStatuses, startAll, stopAll } from '../supervisor/supervisor.ts';
import { clickhouseSpec } from './clickhouse.ts';
import { installParts } from './install-parts.ts';
import { kafkaSpec } from './kafka.ts';
import { partsFolder } from './parts-folder.ts';
import { postgresSpec } from './postgres.ts';
import { redisSpec } from './redis.ts';
import { registrySpec } from './registry.ts';

const BROUGHT_BY_MAVEN: readonly PartName[] = ['kafka', 'registry', 'redis'];

/** The parts as processes of this machine. */
export const nativeProvider: Provider = {
  name: 'native',

  async up(context, parts, onProgress) {
    if (parts.some((part) => BROUGHT_BY_MAVEN.includes(part))) {
      await installParts(context.settings.partsDir, onProgress);
    }
    const specs = await Promise.all(parts.map((part) => specOf(context, part)));
    await startAll(context.settings.dataDir, specs, onProgress);
  },

  async down(context, onProgress) {
    await stopAll(context.settings.dataDir, onProgress, (record) => record.tier === 'part');
  },

  async erase({ settings }) {
    for (const folder of [...PART_NAMES, 'logs']) {
      fs.rmSync(path.join(settings.dataDir, folder), { recursive: true, force: true });
    }
  },

  async status(context) {
    const specs = await Promise.all(PART_NAMES.map((part) => specOf(context, part)));
    const checks = Object.fromEntries(specs.map((spec) => [spec.name, spec.ready]));
    const started = await processStatuses(context.settings.dataDir, checks);
    return specs.map(
      (spec) =>
        started.find((status) => status.name === spec.name) ?? {
          name: spec.name,
          tier: 'part',
          state: 'stopped',
          ports: spec.ports,
        },
    );
  },
};

function specOf(context: ProviderContext, part: PartName): ProcessSpec | Promise<ProcessSpec> {
  const { settings, secrets, endpoints } = context;
  const folder = partsFolder(settings.partsDir);
  switch (part) {
    case 'kafka':
      return kafkaSpec(settings, secrets, folder);
    case 'registry':
      return registrySpec(settings, secrets, folder);
    case 'clickhouse':
      return clickhouseSpec(settings, secrets);
    case 'postgres':
      return postgresSpec(settings, endpoints.databaseUrl);
    case 'redis':
      return redisSpec(settings, endpoints.redisUrl, folder);
  }
}
