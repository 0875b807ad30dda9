import { expect, it, vi } from 'vitest';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { logMetricsEvery } from './metrics-log.ts';

it("logs the sums of the service's own metrics", async () => {
  const metrics = createMetrics({ service: 'svc' });
  const counter = metrics.counter({ name: 'own_events_total', help: 'Events.', labelNames: ['route'] });
  counter.inc({ route: 'a' }, 2);
  counter.inc({ route: 'b with "} quotes' }, 3);
  metrics.histogram({ name: 'own_seconds', help: 'Time.' }).observe(0.5);
  const lines: string[] = [];
  const log = createLogger({
    service: 'svc',
    level: 'info',
    destination: { write: (line) => lines.push(line) },
  });
  const stop = logMetricsEvery({ metrics, log, intervalMs: 5, prefix: 'own_' });
  await vi.waitFor(() => expect(lines.length).toBeGreaterThan(0));
  stop();
  expect(JSON.parse(lines[0] ?? '').metrics).toEqual({
    own_events_total: 5,
    own_seconds_sum: 0.5,
    own_seconds_count: 1,
  });
});
