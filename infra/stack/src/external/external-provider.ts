import { StackError } from '../errors.ts';
import { PART_NAMES } from '../parts.ts';
import { endpointChecks } from '../probes/endpoint-checks.ts';
import type { Provider, ProviderContext } from '../provider.ts';
import { checkReady } from '../supervisor/ready.ts';
import type { ProcessStatus } from '../supervisor/supervisor.ts';

const VARIABLES = {
  kafka: 'KAFKA_BROKERS',
  registry: 'SCHEMA_REGISTRY_URL',
  clickhouse: 'CLICKHOUSE_HOST',
  postgres: 'DATABASE_URL',
  redis: 'REDIS_URL',
} as const;

/** Servers that somebody else runs: nothing is started or stopped, only looked at. */
export const externalProvider: Provider = {
  name: 'external',

  async up(context, parts, onProgress) {
    const statuses = (await externalStatus(context)).filter(({ name }) =>
      parts.some((part) => part === name),
    );
    for (const status of statuses) {
      onProgress({ name: status.name, state: status.state === 'ready' ? 'ready' : 'failed' });
    }
    const unreachable = statuses.filter((status) => status.state !== 'ready');
    if (unreachable.length === 0) return;
    const lines = unreachable.map((status) => `  ${status.name} at ${status.url}: ${status.detail}`);
    throw new StackError(
      'ENDPOINT_UNREACHABLE',
      `These servers do not answer:\n${lines.join('\n')}`,
      `Check ${unreachable.map((status) => VARIABLES[status.name as keyof typeof VARIABLES]).join(', ')} and the way there.`,
    );
  },

  async down() {
    // Nothing here was started by `up`.
  },

  status: externalStatus,
};

async function externalStatus({ endpoints }: ProviderContext): Promise<ProcessStatus[]> {
  const checks = endpointChecks(endpoints, false);
  const urls = {
    kafka: endpoints.kafkaBrokers,
    registry: withoutCredentials(endpoints.schemaRegistryUrl),
    clickhouse: endpoints.clickhouseUrl,
    postgres: withoutCredentials(endpoints.databaseUrl),
    redis: withoutCredentials(endpoints.redisUrl),
  };
  return Promise.all(
    PART_NAMES.map(async (name): Promise<ProcessStatus> => {
      const problem = await checkReady(checks[name]);
      const known = { name, tier: 'part', ports: [], url: urls[name] } as const;
      return problem === undefined
        ? { ...known, state: 'ready' }
        : { ...known, state: 'not-ready', detail: problem };
    }),
  );
}

function withoutCredentials(url: string): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}
