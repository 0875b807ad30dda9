import type { Answer, Judgement } from '@fineprint/destinations';
import type { Metrics } from '@fineprint/observability';
import type { Gate } from './gate.ts';

const BREAKER = { closed: 0, half_open: 1, open: 2 } as const;

/** Counts what the destination answers. */
export function createForwarderMetrics(metrics: Metrics, gate: Pick<Gate, 'state'>) {
  const requests = metrics.counter({
    name: 'fineprint_destination_requests_total',
    help: 'Requests by what the answer says of the destination, and its status (none: no answer).',
    labelNames: ['condition', 'status'],
  });
  const seconds = metrics.histogram({
    name: 'fineprint_destination_request_seconds',
    help: 'From sending a request to its answer.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
  });
  const events = metrics.histogram({
    name: 'fineprint_destination_request_events',
    help: 'Events in a request.',
    buckets: [1, 10, 50, 100, 500, 1_000, 2_000],
  });
  metrics.gaugeOf(
    'fineprint_destination_breaker',
    'The circuit breaker: 0 closed, 1 half open, 2 open.',
    () => BREAKER[gate.state()],
  );
  return (judgement: Judgement, { status }: Answer, sent: number, tookMs: number): void => {
    requests.inc({ condition: judgement.condition, status: String(status ?? 'none') });
    seconds.observe(tookMs / 1_000);
    events.observe(sent);
  };
}
