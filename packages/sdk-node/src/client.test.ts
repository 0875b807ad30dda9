import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startTestGateway, type TestGateway } from '@fineprint/ingest-gateway/testing';
import type { SdkError } from '@fineprint/sdk-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FaultyProxy, startFaultyProxy } from '../testing/index.ts';
import { createAnalytics, type NodeAnalytics } from './client.ts';
import type { NodeOptions } from './options.ts';

const NOWHERE = 'http://127.0.0.1:1';
let gateway: TestGateway;
let proxy: FaultyProxy;
let directory: string;
let open: NodeAnalytics[] = [];
let told: string[] = [];

beforeEach(async () => {
  gateway = await startTestGateway();
  proxy = await startFaultyProxy(gateway.url);
  directory = mkdtempSync(path.join(tmpdir(), 'fineprint-sdk-'));
  told = [];
});
afterEach(async () => {
  await Promise.all(open.map((client) => client.close(0)));
  open = [];
  await proxy.close();
  await gateway.close();
  rmSync(directory, { recursive: true });
});

function client(options: Partial<NodeOptions> = {}): NodeAnalytics {
  const made = createAnalytics({
    ...{ gatewayUrl: proxy.url, writeKey: gateway.key, lingerMs: 5, baseDelayMs: 5, maxDelayMs: 20 },
    onError: (code) => told.push(code),
    ...options,
  });
  open.push(made);
  return made;
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error: SdkError) => error.code,
  );
const stored = async () => (await gateway.storedIn('product.events.raw')).map((e) => e.event_id);

describe('every call', () => {
  it('is the record that the document means', async () => {
    const { analytics, aiAnalyticsService, flush } = client();
    const about = { userId: 'user_42', sessionId: 's1', eventTime: new Date('2026-06-15T12:00:00Z') };
    await analytics.trackPageView({ url: 'https://app.example/', title: 'Home' }, about);
    await analytics.trackEvent('Feature Used', { feature: 'document_analysis' }, about);
    await analytics.trackConversion(
      'subscription',
      { plan: 'professional', value: 29.99, currency: 'USD' },
      about,
    );
    await analytics.identify('user_42', { plan: 'professional' }, { anonymousId: 'anon_7' });
    await analytics.trackEngagement('clauses', { action: 'opened', durationMs: 5_400 }, about);
    await analytics.trackFunnelStep('signup', 'verified', { order: 2 }, about);
    await analytics.trackExperiment('summary-prompt-2', 'short', {}, about);
    const requestId = await aiAnalyticsService.trackModelRequest('legal-analysis-v2', '1.0.0', {
      ...{ userId: 'user_42', inputTokens: 1_500, outputTokens: 800, latency: 2_300 },
      ...{ success: true, confidenceScore: 0.92, timeToFirstToken: 120, evalScores: { faithful: 1 } },
    });
    await analytics.trackFeedback(requestId ?? '', { score: 1, label: 'helpful' }, about);
    expect(await flush()).toBe(true);
    const events = await gateway.storedIn('product.events.raw');
    expect(events).toMatchObject([
      { kind: 'page_view', page_url: 'https://app.example/', page_title: 'Home', session_id: 's1' },
      { kind: 'track', event_name: 'Feature Used', properties: '{"feature":"document_analysis"}' },
      {
        conversion_type: 'subscription',
        conversion_value: 29.99,
        currency: 'USD',
        properties: '{"plan":"professional"}',
      },
      { kind: 'identify', user_id: 'user_42', anonymous_id: 'anon_7', traits: '{"plan":"professional"}' },
      { feature: 'clauses', engagement_action: 'opened', engagement_duration_ms: 5_400 },
      { funnel_name: 'signup', step_name: 'verified', step_order: 2 },
      {
        event_name: 'Experiment Exposure',
        properties: '{"experiment_id":"summary-prompt-2","variant":"short"}',
      },
    ]);
    expect(events[0]).toMatchObject({ user_id: 'user_42', event_time: Date.parse('2026-06-15T12:00:00Z') });
    expect(events[0]?.context).toContain('fineprint-node');
    expect(await gateway.storedIn('ai.requests.raw')).toMatchObject([
      {
        ...{
          event_id: requestId,
          model_name: 'legal-analysis-v2',
          model_version: '1.0.0',
          user_id: 'user_42',
        },
        ...{ input_tokens: 1_500, output_tokens: 800, latency_ms: 2_300, time_to_first_token_ms: 120 },
        ...{ success: true, confidence_score: 0.92, eval_scores: { faithful: 1 } },
      },
    ]);
    expect(await gateway.storedIn('ai.feedback.raw')).toMatchObject([{ request_id: requestId, score: 1 }]);
    expect(told).toEqual([]);
  });

  it('of a refused event is told, and costs the others nothing', async () => {
    const { analytics, flush, stats } = client();
    void analytics.trackEvent('');
    void analytics.trackEvent('good');
    await flush();
    expect(stats()).toEqual({ delivered: 1, queued: 0, blocked: 0, lost: 1 });
    expect([told, (await stored()).length]).toEqual([['events_refused'], 1]);
  });

  it('asks for consent first', async () => {
    const { analytics, flush, stats } = client({ allow: ({ userId }) => userId === 'yes' });
    expect(await analytics.trackEvent('x', {}, { userId: 'no' })).toBeNull();
    expect(await analytics.trackEvent('x', {}, { userId: 'yes' })).toEqual(expect.any(String));
    await flush();
    expect([proxy.requests.flat().length, stats().blocked]).toEqual([1, 1]);
  });
});

describe('a gateway that fails', () => {
  it('gets the same events with the same ids until it has them, in order', async () => {
    proxy.fail(503, 429, 'reset', 'lost', 500, 'silent');
    const { analytics, flush, stats } = client({ requestTimeoutMs: 1_000 });
    const ids = await Promise.all(Array.from({ length: 20 }, (_, i) => analytics.trackEvent(`e${i}`)));
    expect(await flush()).toBe(true);
    expect(proxy.requests).toEqual(Array.from({ length: 7 }, () => ids));
    expect([...new Set(await stored())]).toEqual(ids);
    expect(stats()).toMatchObject({ delivered: 20, queued: 0, lost: 0 });
    expect(told).toEqual(Array.from({ length: 6 }, () => 'gateway_unavailable'));
  });

  it('that knows another key loses nothing', async () => {
    const { analytics, flush, stats } = client({ writeKey: 'fpk_wrong' });
    void analytics.trackEvent('x');
    const flushed = flush(1_000);
    await vi.waitFor(() => expect(told[0]).toBe('invalid_credentials'), 10_000);
    expect([await flushed, stats().queued]).toEqual([false, 1]);
  });
});

describe('backpressure', () => {
  const away = { gatewayUrl: NOWHERE, maxQueuedEvents: 2, baseDelayMs: 60_000, maxDelayMs: 60_000 };

  it('refuses with a code, and a promise that nobody looks at ends nothing', async () => {
    const { analytics } = client({ ...away, whenFull: 'reject' });
    void analytics.trackEvent('x', { n: 1n });
    const codes = await Promise.all([1, 2, 3].map(() => codeOf(analytics.trackEvent('x'))));
    expect(codes).toEqual(['ok', 'ok', 'queue_full']);
    void analytics.trackEvent('x');
    await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('waits for room, so many calls', async () => {
    const { analytics, flush } = client({ maxQueuedEvents: 2 });
    const ids = await Promise.all(Array.from({ length: 50 }, (_, i) => analytics.trackEvent(`e${i}`)));
    expect(await flush()).toBe(true);
    expect(await stored()).toEqual(ids);
    const stuck = client(away);
    const calls = Array.from({ length: 1_004 }, () => codeOf(stuck.analytics.trackEvent('x')));
    expect(await Promise.all(calls.slice(1_002))).toEqual(['queue_full', 'queue_full']);
    await stuck.close(0);
    expect(new Set(await Promise.all(calls.slice(2, 1_002)))).toEqual(new Set(['closed']));
  });

  it('bounds bytes, too, and single events', async () => {
    const { analytics } = client({
      ...away,
      maxQueuedEvents: 100,
      maxQueuedBytes: 5_000,
      whenFull: 'reject',
    });
    const text = 'x'.repeat(3_000);
    expect(await codeOf(analytics.trackEvent('x', { text }))).toBe('ok');
    expect(await codeOf(analytics.trackEvent('x', { text }))).toBe('queue_full');
    expect(await codeOf(analytics.trackEvent('x', { text: 'x'.repeat(1_000_000) }))).toBe('event_too_large');
  });
});

describe('a folder', () => {
  const offline = () => client({ queueDirectory: directory, gatewayUrl: NOWHERE });

  it('keeps what was not delivered for the next process, with its ids', async () => {
    const first = offline();
    const ids = await Promise.all(Array.from({ length: 30 }, (_, i) => first.analytics.trackEvent(`e${i}`)));
    expect(await first.close(50)).toEqual({ undelivered: 30 });
    expect(await codeOf(first.analytics.trackEvent('late'))).toBe('closed');
    const second = client({ queueDirectory: directory });
    ids.push(await second.analytics.trackEvent('later'));
    expect(await second.close()).toEqual({ undelivered: 0 });
    expect(await stored()).toEqual(ids);
    const third = client({ queueDirectory: directory });
    expect(third.stats().queued).toBe(0);
    expect(told).not.toContain('queue_damaged');
  });

  it('is one process’s', async () => {
    offline();
    expect(offline).toThrow(expect.objectContaining({ code: 'queue_in_use' }));
  });
});

it.each([
  { gatewayUrl: 'nonsense' },
  { gatewayUrl: 'ftp://x' },
  { writeKey: '' },
  { maxQueuedEvents: -1 },
  { lingerMs: Number.NaN },
])('says which option is wrong: %o', (options) => {
  expect(() => client(options)).toThrow(expect.objectContaining({ code: 'invalid_options' }));
});
