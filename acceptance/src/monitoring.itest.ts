import { randomUUID } from 'node:crypto';
import { workloads } from '@fineprint/deploy';
import { createWriteKey } from '@fineprint/ingest-gateway/write-keys';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '@fineprint/observability/testing';
import { useTestStack } from '@fineprint/stack/testing';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { prepareStack } from './prepare-stack.ts';
import { personalSample, personalValues } from './rows/personal-data.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const CHAIN = ['ingest-gateway', 'pii-scrubber', 'warehouse-loader'] as const;
const EVENTUALLY = { timeout: 90_000, interval: 200 };
const RUN = `monitoring-${randomUUID().slice(0, 8)}`;
const CLIENT_SPAN = 'b7ad6b7169203331';
let receiver: OtlpReceiver;
let services: ServiceProcess[] = [];
let writeKey = '';

beforeAll(async () => {
  const { endpoints, env } = useTestStack();
  receiver = await startOtlpReceiver();
  await prepareStack('monitoring');
  const pool = new Pool({ connectionString: endpoints.databaseUrl, max: 1 });
  writeKey = (await createWriteKey(pool, { source: 'monitoring' })).key;
  await pool.end();
  const settings = {
    ...env,
    PII_PSEUDONYM_KEY: randomUUID(),
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_TRACES_SAMPLER_ARG: '0',
  };
  services = await Promise.all(CHAIN.map((name) => startService(name, settings)));
  await Promise.all(services.map((s) => s.ready()));
});
afterAll(async () => {
  await Promise.all(services.map((s) => s.stop()));
  await receiver.close();
});

const post = (body: unknown, headers: Readonly<Record<string, string>>) =>
  fetch(`${services[0]?.url}/api/v1/product/events/batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${writeKey}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

it('one trace goes from a request to the row in ClickHouse, and tells of neither person nor content', async () => {
  const traceId = randomUUID().replaceAll('-', '');
  const events = personalSample().map(({ id, event }) => ({
    event_name: RUN,
    user_id: `${RUN}-${id}`,
    properties: { event },
  }));
  // What is refused is told of, too.
  const refused = { event_name: '', email: personalValues()[0] };
  const answer = await post(
    { events: [...events, refused] },
    { traceparent: `00-${traceId}-${CLIENT_SPAN}-01` },
  );
  expect(answer.status).toBe(202);
  const untraced = await post({ events: [{ event_name: RUN, user_id: RUN }] }, {});
  expect(untraced.status).toBe(202);

  const of = (service: string): readonly ReceivedSpan[] =>
    receiver.spans().filter((s) => s.service === service && s.traceId === traceId);
  await vi.waitFor(
    () => expect(CHAIN.map((service) => of(service).length)).toEqual([1, events.length, events.length]),
    EVENTUALLY,
  );
  const [request] = of('ingest-gateway');
  expect(request).toMatchObject({
    name: 'POST /api/v1/product/events/batch',
    parentSpanId: CLIENT_SPAN,
    attributes: { 'http.response.status_code': 202 },
  });
  const scrubbed = new Map(of('pii-scrubber').map((span) => [span.spanId, span]));
  expect(new Set([...scrubbed.values()].map((s) => s.parentSpanId))).toEqual(new Set([request?.spanId]));
  const loaded = of('warehouse-loader');
  expect(loaded.filter((s) => !scrubbed.has(s.parentSpanId ?? ''))).toEqual([]);
  for (const span of loaded) {
    const before = scrubbed.get(span.parentSpanId ?? '');
    expect(span.name).toBe('process product.events.clean');
    expect(before?.attributes['messaging.destination.partition.id']).toBe(
      span.attributes['messaging.destination.partition.id'],
    );
    expect(span.endMs).toBeGreaterThanOrEqual(before?.startMs ?? Number.POSITIVE_INFINITY);
  }
  expect(receiver.spans().filter((s) => s.traceId !== traceId)).toEqual([]); // no share begins any

  const logs = services.map((s) => s.log()).join('\n');
  const told = [...logs.split('\n'), receiver.text()];
  const personal = [...personalValues(), RUN];
  expect(told.flatMap((text) => personal.filter((value) => text.includes(value)))).toEqual([]);
});

/** Nothing answers there. */
const NOWHERE = '127.0.0.1:1';
const away: Readonly<Record<string, string>> = {
  KAFKA_BROKERS: NOWHERE,
  SCHEMA_REGISTRY_URL: `http://${NOWHERE}`,
  DATABASE_URL: `postgresql://u:p@${NOWHERE}/d`,
  REDIS_URL: `redis://${NOWHERE}`,
  CLICKHOUSE_HOST: `http://${NOWHERE}`,
  SNOWFLAKE_ACCOUNT: 'a',
  SNOWFLAKE_USERNAME: 'u',
  SNOWFLAKE_PASSWORD: 'p',
  SNOWFLAKE_ACCESS_URL: `http://${NOWHERE}`,
  WEBHOOK_BASE_URL: `http://${NOWHERE}`,
  WEBHOOK_SECRET: 'k'.repeat(40),
  PII_PSEUDONYM_KEY: 'k'.repeat(40),
  ALERTS_SIGNING_KEY: 'k'.repeat(40),
  LISTEN_WITHIN_MS: '0',
};
const AT_A_TIME = 4;

it('every service without any of its parts is sound, says that it is not ready and why, and shows its metrics', async () => {
  const programs = [...new Map(workloads.map((w) => [w.program, w])).values()];
  const found = new Map<string, unknown>();
  const rest = [...programs];
  const worker = async () => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      const { program, settings } = next;
      const service = await startService(next.name, { ...away, ...settings, DRAIN_DELAY_MS: '0' });
      try {
        found.set(program, await vi.waitFor(() => lookAt(service), EVENTUALLY));
      } finally {
        service.signal('SIGKILL'); // a stop would wait for what is away
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  const expected = {
    health: [200, 'ok'],
    ready: 503,
    reasons: true,
    metrics: true,
    elsewhere: true,
    json: true,
  };
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(programs.map((w) => [w.program, expected])));
});

async function lookAt(service: ServiceProcess) {
  if (service.exitCode() !== null) return { ended: service.log().slice(-500) };
  const get = async (path: string) => {
    const answer = await fetch(`${service.url}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  const [health, ready, metrics, elsewhere] = await Promise.all(
    ['/health', '/ready', '/metrics', '/nowhere'].map(get),
  );
  const { reasons } = JSON.parse(ready?.text ?? '{}') as { reasons: { code: string; message: string }[] };
  const lines = service
    .log()
    .split('\n')
    .filter((line) => line !== '');
  return {
    health: [health?.status, JSON.parse(health?.text ?? '{}').status],
    ready: ready?.status,
    reasons:
      reasons.length > 0 && reasons.every(({ code, message }) => /^[a-z_]+$/.test(code) && message !== ''),
    metrics: metrics?.status === 200 && metrics.text.includes('process_cpu_seconds_total'),
    elsewhere: elsewhere?.status !== 200,
    json: lines.every((line) => line.startsWith('{')),
  };
}
