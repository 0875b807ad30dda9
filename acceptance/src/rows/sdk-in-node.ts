import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAnalytics, type NodeOptions } from '@fineprint/sdk-node';
import { startFaultyProxy } from '@fineprint/sdk-node/testing';
import { type MissionContext, same } from '../mission/row.ts';

const NOWHERE = 'http://127.0.0.1:1';
const EVENTS = 40;
const VISIBLE_WITHIN_MS = 30_000;

/** The document's call, and a queue on disk: recorded while the gateway is away, delivered by the next process to one that fails. */
export async function tellByNode({ run, gateway, sql, eventually }: MissionContext): Promise<string> {
  const queueDirectory = mkdtempSync(path.join(tmpdir(), 'fineprint-mission-'));
  const proxy = await startFaultyProxy(gateway.url);
  const open = (gatewayUrl: string, more: Partial<NodeOptions> = {}) =>
    createAnalytics({ gatewayUrl, writeKey: gateway.writeKey, queueDirectory, ...more });
  try {
    const away = open(NOWHERE);
    const ids = await Promise.all(
      Array.from({ length: EVENTS }, (_, n) =>
        away.analytics.trackEvent(`${run} sdk-node`, { n }, { userId: `${run}-user` }),
      ),
    );
    const requestId = await away.aiAnalyticsService.trackModelRequest('legal-analysis-v2', '1.0.0', {
      ...{ userId: `${run}-user`, inputTokens: 1_500, outputTokens: 800, latency: 2_300 },
      ...{ success: true, confidenceScore: 0.92 },
    });
    const { undelivered } = await away.close(0);
    same('events kept while the gateway is away', undelivered, EVENTS + 1);

    proxy.fail(503, 'lost', 429, 'reset');
    const next = open(proxy.url, { baseDelayMs: 20, maxDelayMs: 200 });
    same('events left after the next process closed', await next.close(VISIBLE_WITHIN_MS), {
      undelivered: 0,
    });

    await eventually(VISIBLE_WITHIN_MS, async () => {
      const events = await sql<{ id: string }>(
        'SELECT toString(event_id) AS id FROM fineprint.product_events WHERE event_name = {name:String} ORDER BY id',
        { name: `${run} sdk-node` },
      );
      same(
        'ids in ClickHouse',
        events.map((e) => e.id),
        [...ids].sort(),
      );
      const requests = await sql(
        `SELECT model_name, model_version, toInt32(input_tokens) AS input, toInt32(output_tokens) AS output, latency_ms, confidence_score
         FROM fineprint.ai_requests WHERE event_id = {id:UUID}`,
        { id: requestId },
      );
      same('the AI request in ClickHouse', requests, [
        {
          ...{ model_name: 'legal-analysis-v2', model_version: '1.0.0', input: 1_500, output: 800 },
          ...{ latency_ms: 2_300, confidence_score: 0.92 },
        },
      ]);
    });
    return `Node: ${EVENTS + 1} events kept on disk by one process, delivered by the next through 503, 429, a lost answer and a reset, once each in ClickHouse under the ids of their calls`;
  } finally {
    await proxy.close();
    rmSync(queueDirectory, { recursive: true, force: true });
  }
}
