import { afterEach, expect, it, vi } from 'vitest';
import { type Check, type ReadinessWatch, watchReadiness } from './readiness.ts';

let watch: ReadinessWatch;
afterEach(() => watch.close());

const check = (code: string, isRequired: boolean, look: () => Promise<string | null>): Check => ({
  code,
  isRequired,
  look,
});
const codes = () => watch.ready().reasons.map((r) => r.code);

it('is ready once every required check is fine; others are only said', async () => {
  let kafka: string | null = 'away';
  watch = watchReadiness(
    [check('kafka', true, async () => kafka), check('redis', false, async () => 'away')],
    () => false,
  );
  expect(watch.ready().ready).toBe(false);
  await vi.waitFor(() => expect(codes()).toEqual(['kafka', 'redis']));
  kafka = null;
  await vi.waitFor(() => expect(watch.ready().ready).toBe(true), { timeout: 3_000 });
  expect(codes()).toEqual(['redis']);
});

it('says the code of what failed, not its message', async () => {
  const error = Object.assign(new Error('jane@example.com'), { code: 'ECONNREFUSED' });
  watch = watchReadiness([check('db', true, () => Promise.reject(error))], () => false);
  await vi.waitFor(() => expect(watch.ready().reasons[0]?.message).toBe('failed (ECONNREFUSED)'));
});

it('does not wait for what does not answer, and is not ready while draining', async () => {
  watch = watchReadiness([check('db', true, () => new Promise(() => undefined))], () => true);
  expect(codes()).toEqual(['shutting_down', 'db']);
  await vi.waitFor(() => expect(watch.ready().reasons[1]?.message).toContain('did not answer'), {
    timeout: 4_000,
  });
});
