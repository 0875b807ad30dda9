import { randomSource } from './ai-rows.ts';
import type { Happening } from './recount-experiment.ts';

const PEOPLE = 400;

/** Everything that can happen around an experiment: other names, other times, others' events, gaps in what may be missing. */
export function randomHappenings(id: string, startMs: number, count: number, seed: number): Happening[] {
  const random = randomSource(seed);
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const maybe = <T>(chance: number, value: T): T | null => (random() < chance ? value : null);

  const named = (who: number) => {
    const own = who % 2 === 0 ? 'control' : 'b';
    const variant = who % 50 === 0 ? pick('control', 'b', 'nonsense') : own;
    const [experiment_id, named] = pick(
      [id, variant],
      [id, variant],
      [`${id}-x`, variant],
      [null, null],
      [id, null],
    );
    return { experiment_id: experiment_id ?? null, variant: named ?? null };
  };
  const kinds: ((who: number) => Omit<Happening, 'at'>)[] = [
    (who) => ({
      table: 'ai_requests',
      model_name: id,
      model_version: '1',
      success: random() < 0.7,
      latency_ms: maybe(0.9, random() * 1_000),
      total_tokens: Math.floor(random() * 5_000),
      ...named(who),
    }),
    (who) => ({
      table: 'product_events',
      kind: 'track',
      event_name: pick('Experiment Exposure', 'Experiment Exposure', 'Exposure'),
      properties: JSON.stringify(named(who)),
    }),
    () => ({ table: 'product_events', kind: 'track', event_name: pick("Signed'Up", 'other') }),
    () => ({
      table: 'product_events',
      kind: 'conversion',
      event_name: 'conversion',
      conversion_type: pick('purchase', 'lead'),
      conversion_value: pick(null, 10, 99.5, -3),
      currency: pick(null, 'USD'),
    }),
  ];
  return Array.from({ length: count }, (): Happening => {
    const who = Math.floor(random() * PEOPLE);
    return {
      ...(kinds[Math.floor(random() * kinds.length)] ?? kinds[0])?.(who),
      at: startMs + Math.floor((random() - 0.2) * 100_000),
      user_id: maybe(0.6, `${id}-user-${who}`),
      anonymous_id: maybe(0.9, `${id}-anon-${who}`),
      session_id: maybe(0.9, `${id}-session-${who}`),
    } as Happening;
  });
}
