import { expect, test } from 'vitest';
import { stepOf } from './run-ramp.ts';

const posted = {
  accepted: { product: 750, ai: 250 },
  failed: {},
  seconds: 10,
  ack_ms: { count: 10, p50: 1, p90: 2, p99: 3, p999: 4, max: 4 },
};

test('a rate is kept up with where all of it is accepted in time and no backlog is left', () => {
  expect(stepOf(100, posted, 1.5, {})).toMatchObject({ accepted_per_second: 100, kept_up: true });
  expect(stepOf(100, posted, 6, {})).toMatchObject({ through_per_second: 63, kept_up: false });
  expect(stepOf(120, posted, 1.5, {}).kept_up).toBe(false);
  expect(stepOf(100, { ...posted, failed: { '503': 100 } }, 1.5, {})).toMatchObject({
    failed: 100,
    kept_up: false,
  });
});
