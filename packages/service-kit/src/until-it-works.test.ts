import { createLogger } from '@fineprint/observability';
import { StreamError } from '@fineprint/stream-runtime';
import { expect, it, vi } from 'vitest';
import { untilItWorks } from './until-it-works.ts';

const log = createLogger({ service: 'svc', level: 'silent' });

it('tries until it works, and says meanwhile what it failed with', async () => {
  let left = 2;
  const away = new StreamError('registry_unavailable', 'no answer', { retriable: true });
  const attempts = untilItWorks(
    'schemas',
    'other',
    () => (left-- > 0 ? Promise.reject(away) : Promise.resolve('here')),
    log,
  );
  await vi.waitFor(() =>
    expect(attempts.reasons()).toEqual([{ code: 'registry_unavailable', message: 'schemas: no answer' }]),
  );
  expect(await attempts.result).toBe('here');
  expect(attempts.reasons()).toEqual([]);
});

it('ends when it is stopped', async () => {
  const attempts = untilItWorks('Kafka', 'kafka_unavailable', () => Promise.reject(new Error('no')), log);
  await vi.waitFor(() => expect(attempts.reasons()[0]?.code).toBe('kafka_unavailable'));
  attempts.stop();
  expect(await attempts.result).toBeUndefined();
});
