import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** Logs the sums of a service's own metrics every `intervalMs`, for where nothing scrapes them. Answers how to stop. */
export function logMetricsEvery(options: {
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly intervalMs: number;
  readonly prefix: string;
}): () => void {
  const { metrics, log, intervalMs, prefix } = options;
  const timer = setInterval(() => {
    metrics.text().then(
      (text) => log.info({ metrics: sumMetrics(text, prefix) }, 'metrics'),
      (err: unknown) => log.warn({ err }, 'the metrics could not be read'),
    );
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Metric → the sum over its labels, of counters, gauges, and histograms' counts and sums. */
export function sumMetrics(text: string, prefix: string): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [, name, value] = /^(\w+)(?:\{.*\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || !name.startsWith(prefix) || name.endsWith('_bucket')) continue;
    const number = Number(value);
    if (Number.isFinite(number)) sums[name] = (sums[name] ?? 0) + number;
  }
  return sums;
}
