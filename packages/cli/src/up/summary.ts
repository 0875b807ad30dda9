import type { Stack } from '@fineprint/stack';
import pc from '../colors.ts';
import { type Environment, wantedServices } from '../services.ts';

/** What a started stack offers, as `up --json` prints it. */
export interface UpSummary {
  readonly provider: string;
  readonly dataDir: string;
  readonly elapsedMs: number;
  readonly gatewayUrl: string;
  readonly writeKey: string;
  readonly queryApiUrl: string;
  /** Opens with `#key=` and the API key: what follows `#` stays in the browser. */
  readonly dashboardUrl: string;
  /** Reads as analyst. */
  readonly apiKey: string;
  readonly clickhouseUrl: string;
  readonly clickhouseUser: string;
  readonly clickhousePassword: string;
  readonly kafkaBrokers: string;
  readonly schemaRegistryUrl: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Where each service tells how it is. */
  readonly services: Readonly<Record<string, string>>;
}

export function upSummary(
  stack: Stack,
  keys: { readonly writeKey: string; readonly apiKey: string },
  elapsedMs: number,
  env: Environment,
): UpSummary {
  const { endpoints, settings } = stack;
  const local = (port: number) => `http://127.0.0.1:${port}`;
  const reader = endpoints.clickhouseReader;
  return {
    provider: stack.provider,
    dataDir: settings.dataDir,
    elapsedMs,
    gatewayUrl: local(settings.ports.gateway),
    writeKey: keys.writeKey,
    queryApiUrl: local(settings.ports.queryApi),
    dashboardUrl: `${local(settings.ports.gateway)}/dashboard`,
    apiKey: keys.apiKey,
    clickhouseUrl: endpoints.clickhouseUrl,
    clickhouseUser: reader?.username ?? endpoints.clickhouseUsername,
    clickhousePassword: reader?.password ?? endpoints.clickhousePassword,
    kafkaBrokers: endpoints.kafkaBrokers,
    schemaRegistryUrl: endpoints.schemaRegistryUrl,
    databaseUrl: endpoints.databaseUrl,
    redisUrl: endpoints.redisUrl,
    services: Object.fromEntries(wantedServices(env).map((s) => [s.name, local(settings.ports[s.port])])),
  };
}

const withoutPassword = (url: string): string => url.replace(/:[^:@/]*@/, ':…@');

export function renderUpSummary(summary: UpSummary): string {
  const rows = [
    ['POST events to', `${summary.gatewayUrl}/api/v1/product/events`],
    ['Write key', summary.writeKey],
    ['Read from', `${summary.queryApiUrl}/api/v1/ai/models`],
    ['API key', summary.apiKey],
    ['Dashboard', `${summary.dashboardUrl}#key=${summary.apiKey}`],
    ['API pages', `${summary.gatewayUrl}/docs  ${summary.queryApiUrl}/docs`],
    [
      'ClickHouse',
      `${summary.clickhouseUrl}  user ${summary.clickhouseUser}, password ${summary.clickhousePassword}`,
    ],
    ['Kafka', summary.kafkaBrokers],
    ['Schema registry', summary.schemaRegistryUrl],
    ['Postgres', withoutPassword(summary.databaseUrl)],
    ['Redis', withoutPassword(summary.redisUrl)],
  ] as const;
  const width = Math.max(...rows.map(([name]) => name.length));
  return `${rows.map(([name, value]) => `${pc.bold(name.padEnd(width))}  ${value}`).join('\n')}

${pc.bold('A first event:')}
${firstEvent(summary)}

${pc.bold('and where it is a second later:')}
npm run -s fineprint -- sql "SELECT event_time, event_name, user_id, properties FROM product_events ORDER BY received_at DESC LIMIT 3"
`;
}

function firstEvent({ gatewayUrl, writeKey }: UpSummary): string {
  const event = `{"event_name":"hello","user_id":"user-1","properties":{"note":"write to ada@example.com"}}`;
  return `curl -sS -w '\\n' ${gatewayUrl}/api/v1/product/events -H 'Authorization: Bearer ${writeKey}' -H 'Content-Type: application/json' -d '${event}'`;
}
