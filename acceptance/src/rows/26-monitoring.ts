import { randomUUID } from 'node:crypto';
import { alertRules, panelRows } from '@fineprint/grafana';
import { exposedMetrics, unexposed } from '@fineprint/grafana/testing';
import { startOtlpReceiver } from '@fineprint/observability/testing';
import { inputTopics, type NodeDefinition, nodes, topics } from '@fineprint/topology';
import { type MissionContext, type MissionRow, type MissionService, same } from '../mission/row.ts';
import { personalValues, postPersonalData } from './personal-data.ts';

const SETTLES_WITHIN_MS = 60_000;
/** Started here for their metrics where the stack does without them. */
const NEEDED = ['reconciler'] as const;

async function fetchText(url: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  return { status: answer.status, text: await answer.text() };
}

/** Each is sound, ready, and says so in the same way. Answers their /metrics. */
async function checkServices(context: MissionContext): Promise<string[]> {
  return Promise.all(
    context.services.map(async ({ name, url }) => {
      const health = await fetchText(`${url}/health`);
      same(`${name} /health`, [health.status, JSON.parse(health.text).status], [200, 'ok']);
      await context.eventually(SETTLES_WITHIN_MS, async () => {
        const { status, text } = await fetchText(`${url}/ready`);
        if (status !== 200) throw new Error(`${name} /ready: ${text}`);
        same(`${name} /ready`, JSON.parse(text).ready, true);
      });
      const metrics = await fetchText(`${url}/metrics`);
      same(`${name} /metrics`, metrics.status, 200);
      return metrics.text;
    }),
  );
}

/** Every partition that a stage reads has its lag, in records and in seconds. */
async function checkLag(context: MissionContext): Promise<number> {
  let partitions = 0;
  for (const { name, url } of context.services) {
    const node = (nodes as Readonly<Record<string, NodeDefinition>>)[name];
    if (node === undefined || node.group === null) continue;
    const expected = inputTopics(node).reduce((sum, topic) => sum + topics[topic].partitions, 0);
    await context.eventually(SETTLES_WITHIN_MS, async () => {
      const { text } = await fetchText(`${url}/metrics`);
      for (const unit of ['records', 'seconds'])
        same(
          `${name}: partitions with their lag in ${unit}`,
          text.split(`\nfineprint_group_lag_${unit}{`).length - 1,
          expected,
        );
    });
    partitions += expected;
  }
  return partitions;
}

/** What dashboard and alerts ask for is what somebody exposes, labels too. */
function checkExpressions(pages: readonly string[], running: readonly MissionService[]): number {
  const exposed = exposedMetrics(pages);
  const isRunning = (prefix: string) => running.some(({ name }) => name.startsWith(prefix));
  const expressions = [
    ...panelRows.flatMap(({ panels }) => panels.flatMap((p) => p.queries.map((q) => q.expr))),
    ...alertRules.map((rule) => rule.expr),
  ].filter((expr) => isRunning('forwarder-') || !expr.includes('fineprint_destination_'));
  same(
    'what nobody exposes',
    expressions.flatMap((expr) => unexposed(expr, exposed)),
    [],
  );
  return expressions.length;
}

/** A gateway that is told of a collector goes on with the trace of a request. */
async function checkTrace(context: MissionContext): Promise<void> {
  const receiver = await startOtlpReceiver();
  const traceId = randomUUID().replaceAll('-', '');
  const parent = 'b7ad6b7169203331';
  try {
    const gateway = await context.startService('ingest-gateway', {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    });
    const answer = await fetch(`${gateway.url}/api/v1/product/events`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${context.gateway.writeKey}`,
        'content-type': 'application/json',
        traceparent: `00-${traceId}-${parent}-01`,
      },
      body: JSON.stringify({ event_name: `${context.run}-r26`, user_id: `${context.run}-r26` }),
    });
    same('POST events', answer.status, 202);
    await gateway.stop();
    const [span] = receiver.spans();
    same('span', [span?.traceId, span?.parentSpanId, span?.service], [traceId, parent, 'ingest-gateway']);
  } finally {
    await receiver.close();
  }
}

/** What is logged is JSON, and nothing of what events hold. */
function checkLogs(services: readonly MissionService[]): number {
  const values = personalValues();
  let count = 0;
  for (const { name, log } of services) {
    const lines = log()
      .split('\n')
      .filter((line) => line !== '');
    count += lines.length;
    for (const line of lines) {
      if (!line.startsWith('{')) throw new Error(`${name} logs something that is no JSON: ${line}`);
      JSON.parse(line);
      const found = values.find((value) => line.includes(value));
      if (found !== undefined) throw new Error(`${name} logs personal data: ${found}`);
    }
  }
  return count;
}

export const monitoring: MissionRow = {
  row: 26,
  name: 'Health and monitoring',
  async check(context) {
    const { accepted, stored } = await postPersonalData(context);
    const pages = await checkServices(context);
    const more = NEEDED.filter((name) => !context.services.some((s) => s.name === name));
    for (const name of more) {
      const service = await context.startService(name, {});
      pages.push((await fetchText(`${service.url}/metrics`)).text);
      await service.stop();
    }
    const partitions = await checkLag(context);
    const expressions = checkExpressions(pages, context.services);
    await checkTrace(context);
    await stored();
    const lines = checkLogs(context.services);
    return `${context.services.length} services are sound and ready and tell why when not; lag in records and seconds of ${partitions} partitions; ${expressions} expressions of the dashboard and the alerts ask for metrics and labels that services expose; a request's trace goes on through the gateway to a collector; ${accepted} events full of personal data later, ${lines} lines of logs are JSON and hold none of it`;
  },
};
