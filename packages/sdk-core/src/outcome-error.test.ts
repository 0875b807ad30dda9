import { expect, it } from 'vitest';
import type { Outcome } from './outbox.ts';
import { outcomeError } from './outcome-error.ts';

const codeOf = (outcome: Outcome) => outcomeError(outcome)?.code;
const failed = { kind: 'failed', answer: null, retryInMs: 5 } as const;

it('has a code for everything that is not well', () => {
  expect(codeOf({ kind: 'delivered', events: 1, rejected: 0 })).toBeUndefined();
  expect(codeOf({ kind: 'delivered', events: 2, rejected: 1 })).toBe('events_refused');
  expect(
    (['refused', 'expired', 'overflow'] as const).map((reason) =>
      codeOf({ kind: 'lost', reason, events: 1 }),
    ),
  ).toEqual(['events_refused', 'events_expired', 'queue_full']);
  expect(codeOf({ ...failed, isCredentials: true })).toBe('invalid_credentials');
  expect(outcomeError({ ...failed, isCredentials: false })).toMatchObject({
    code: 'gateway_unavailable',
    message: 'The gateway answered nothing; next try in 5 ms.',
  });
});
