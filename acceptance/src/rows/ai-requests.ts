import { randomUUID } from 'node:crypto';
import { type MissionContext, same } from '../mission/row.ts';
import { seeded } from '../random.ts';

/** AI requests over HTTP, as a producer sends them. */
export interface SentRequest {
  readonly event_id: string;
  readonly event_time: string;
  readonly model_name: string;
  readonly model_version: string;
  readonly user_id: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly latency: number;
  readonly success: boolean;
  readonly error_type?: string;
  readonly confidence_score: number;
}

export const VERSIONS = ['1.0.0', '1.1.0'] as const;
const SPREAD_MS = 4 * 60_000;

/** A model's requests over the last minutes, in two versions with different latencies and error rates. */
export function makeRequests(model: string, count: number, seed: number): SentRequest[] {
  const random = seeded(seed);
  const endMs = Date.now() - 1_000;
  return Array.from({ length: count }, (_, i) => {
    const second = i % 2;
    const success = random() > (second === 0 ? 0.05 : 0.2);
    return {
      event_id: randomUUID(),
      event_time: new Date(endMs - Math.floor(random() * SPREAD_MS)).toISOString(),
      model_name: model,
      model_version: VERSIONS[second] as string,
      user_id: `user-${i % 17}`,
      input_tokens: Math.floor(random() * 4_000) + 1,
      output_tokens: Math.floor(random() * 900) + 1,
      latency: Math.round(Math.exp(6 + second * 0.5 + random() * 2) * 10) / 10,
      success,
      ...(success ? {} : { error_type: random() < 0.5 ? 'timeout' : 'rate_limit' }),
      confidence_score: Math.round((0.5 + random() / 2) * 100) / 100,
    };
  });
}

/** Sends them shuffled, a fifth of them twice. */
export async function sendRequests(
  { post }: MissionContext,
  requests: readonly SentRequest[],
  seed: number,
): Promise<void> {
  const random = seeded(seed);
  const repeated = [...requests, ...requests.filter(() => random() < 0.2)];
  const shuffled = repeated.map((r) => ({ r, at: random() })).sort((a, b) => a.at - b.at);
  for (let from = 0; from < shuffled.length; from += 500) {
    const batch = shuffled.slice(from, from + 500).map(({ r }) => r);
    const { status } = await post('/api/v1/ai/events/batch', batch);
    same('POST /api/v1/ai/events/batch', status, 202);
  }
}

/** The value of rank floor(q·(count-1)), which is the rank that sketches answer for. */
export function exactQuantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN;
}

export const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
