import type { StackEndpoints } from '../endpoints.ts';
import { StackError } from '../errors.ts';
import { PART_NAMES, type PartName } from '../parts.ts';
import { endpointChecks } from '../probes/endpoint-checks.ts';
import type { Provider } from '../provider.ts';
import { checkReady } from '../supervisor/ready.ts';
import type { ProcessStatus } from '../supervisor/supervisor.ts';

const VARIABLES: Readonly<Record<PartName, string>> = {
  kafka: 'KAFKA_BROKERS',
  registry: 'SCHEMA_REGISTRY_URL',
  clickhouse: 'CLICKHOUSE_HOST',
  postgres: 'DATABASE_URL',
  redis: 'REDIS_URL',
};

/** Servers that somebody else runs: nothing is started or stopped, only looked at. */
export const externalProvider: Provider = {
  name: 'external',

  async up({ endpoints }, parts, onProgress) {
    const problems: string[] = [];
    await Promise.all(
      parts.map(async (part) => {
        const status = await statusOf(endpoints, part);
        if (status.state !== 'ready')
          problems.push(`  ${part} (${VARIABLES[part]}) at ${status.url}: ${status.detail}`);
        onProgress({ name: part, state: status.state === 'ready' ? 'ready' : 'failed' });
      }),
    );
    if (problems.length === 0) return;
    throw new StackError(
      'ENDPOINT_UNREACHABLE',
      `These servers do not answer:\n${problems.sort().join('\n')}`,
      'Correct those variables, or for a stack of this machine set FINEPRINT_PROVIDER=native or docker.',
    );
  },

  async down() {
    // Nothing here was started by `up`.
  },

  async erase() {
    // Nor is what those servers hold ours to delete.
  },

  status: ({ endpoints }) => Promise.all(PART_NAMES.map((part) => statusOf(endpoints, part))),
};

async function statusOf(endpoints: StackEndpoints, name: PartName): Promise<ProcessStatus> {
  const problem = await checkReady(endpointChecks(endpoints, false)[name]);
  const known = { name, tier: 'part', ports: [], url: shownUrls(endpoints)[name] } as const;
  return problem === undefined
    ? { ...known, state: 'ready' }
    : { ...known, state: 'not-ready', detail: problem };
}

function shownUrls(endpoints: StackEndpoints): Record<PartName, string> {
  return {
    kafka: endpoints.kafkaBrokers,
    registry: withoutCredentials(endpoints.schemaRegistryUrl),
    clickhouse: endpoints.clickhouseUrl,
    postgres: withoutCredentials(endpoints.databaseUrl),
    redis: withoutCredentials(endpoints.redisUrl),
  };
}

function withoutCredentials(url: string): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}
