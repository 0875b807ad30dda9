import type { StackEndpoints } from '../endpoints.ts';
import type { PartName } from '../parts.ts';
import type { ReadyCheck } from '../supervisor/process-spec.ts';
import { httpProbe, tcpProbe } from '../supervisor/ready.ts';
import { kafkaProbe } from './kafka-probe.ts';
import { postgresProbe } from './postgres-probe.ts';
import { redisProbe } from './redis-probe.ts';

/** How to see that each part answers. `own`: it is ours, so a missing database may be made and Kafka speaks plain text. */
export function endpointChecks(endpoints: StackEndpoints, own: boolean): Record<PartName, ReadyCheck> {
  const brokers = endpoints.kafkaBrokers.split(',').map((broker) => {
    const colon = broker.lastIndexOf(':');
    return { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) };
  });
  const kafka = own ? kafkaProbe : tcpProbe;
  return {
    kafka: {
      kind: 'probe',
      probe: async (signal) => {
        await Promise.all(brokers.map(({ host, port }) => kafka(host, port, signal)));
      },
    },
    registry: { kind: 'probe', probe: (signal) => registryProbe(endpoints.schemaRegistryUrl, signal) },
    clickhouse: { kind: 'http', url: `${endpoints.clickhouseUrl}/ping` },
    postgres: { kind: 'probe', probe: () => postgresProbe(endpoints.databaseUrl, { create: own }) },
    redis: { kind: 'probe', probe: (signal) => redisProbe(endpoints.redisUrl, signal) },
  };
}

/** fetch refuses credentials in URLs, which registries in the cloud are given with. */
async function registryProbe(url: string, signal: AbortSignal): Promise<void> {
  const subjects = new URL(`${url.replace(/\/$/, '')}/subjects`);
  const { username, password } = subjects;
  subjects.username = '';
  subjects.password = '';
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  const headers: Record<string, string> =
    username === '' ? {} : { authorization: `Basic ${credentials.toString('base64')}` };
  await httpProbe(subjects.href, signal, headers);
}
