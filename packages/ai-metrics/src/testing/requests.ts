import type { AiRequest } from '@fineprint/schemas';
import fc from 'fast-check';

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const finite = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** Requests as they may come, impossible values included; few series and windows, so that they meet. */
export const arbitraryRequest: fc.Arbitrary<AiRequest> = fc.record({
  event_id: fc.uuid(),
  event_time: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_240_000 }),
  model_name: fc.constantFrom('gpt', 'claude'),
  model_version: fc.constantFrom('1', '2'),
  provider: maybe(fc.constantFrom('', 'azure')),
  operation: fc.constant(null),
  user_id: fc.constant(null),
  anonymous_id: fc.constant(null),
  session_id: fc.constant(null),
  input_tokens: fc.integer({ min: -1, max: 5_000 }),
  output_tokens: fc.integer({ min: 0, max: 5_000 }),
  cached_tokens: fc.integer({ min: 0, max: 100 }),
  total_tokens: fc.integer({ min: 0, max: 10_000 }),
  latency_ms: maybe(finite(0, 1e5)),
  time_to_first_token_ms: maybe(fc.constantFrom(0, 12.5, 400, Number.NaN, Number.POSITIVE_INFINITY)),
  success: fc.boolean(),
  error_type: maybe(fc.constantFrom('timeout', 'rate_limit', '__proto__', '')),
  confidence_score: maybe(finite(0, 1)),
  cost_estimate: maybe(finite(0, 0.5)),
  service_tier: fc.constant(null),
  region: fc.constant(null),
  experiment_id: maybe(fc.constant('e1')),
  variant: maybe(fc.constantFrom('a', 'b')),
  feedback_score: maybe(finite(-1, 1)),
  eval_scores: fc.constant({}),
  source: fc.constant('test'),
  properties: fc.constant('{}'),
  context: fc.constant('{}'),
  client_event_time: fc.constant(null),
  flags: fc.constant([]),
});
