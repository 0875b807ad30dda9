import { randomUUID } from 'node:crypto';
import { seeded } from '../random.ts';
import type { SentRequest } from './ai-requests.ts';

const MINUTE_MS = 60_000;
export const SLOWER = 1.8;
export const SHIFT_SEED = 44;
/** Slots, in minutes before now: two windows in a row raise an alert, three resolve it. */
const SHIFTED_SLOTS = [15, 14];
export const CALM_SLOTS = [8, 7, 6];
export const SLOTS = [...SHIFTED_SLOTS, ...CALM_SLOTS];
export const BASELINE = { from: 40, to: 30 };
/** Requests a minute, and whether they become slower for a while. */
export const VERSIONS = {
  shifting: { perMinute: 120, shifts: true },
  calm: { perMinute: 120, shifts: false },
  rare: { perMinute: 10, shifts: true },
} as const;
export type Version = keyof typeof VERSIONS;
/** Minutes before now at which they are slower: those of the shifted slots' windows. */
const SHIFT = { from: 20, to: 14 };

/** Requests of the baseline, and of every minute that a slot's window holds. */
export function makeShiftingRequests(model: string, nowMs: number): SentRequest[] {
  const random = seeded(SHIFT_SEED);
  const minutes = Array.from({ length: BASELINE.from - Math.min(...SLOTS) }, (_, i) => BASELINE.from - i);
  const used = minutes.filter((minute) => minute > BASELINE.to || minute <= SHIFT.from);
  return Object.entries(VERSIONS).flatMap(([version, { perMinute, shifts }]) =>
    used.flatMap((minute) => {
      const isSlow = shifts && minute <= SHIFT.from && minute > SHIFT.to;
      return Array.from({ length: perMinute }, (_, i) => ({
        event_time: new Date(nowMs - minute * MINUTE_MS + Math.floor(random() * MINUTE_MS)).toISOString(),
        model_name: model,
        model_version: version,
        user_id: `user-${i % 23}`,
        ...makeRequest(random, isSlow ? SLOWER : 1),
      }));
    }),
  );
}

function makeRequest(random: () => number, slowness: number) {
  const success = random() > 0.05;
  const spread = random() + random() + random() - 1.5;
  return {
    event_id: randomUUID(),
    input_tokens: Math.floor(random() * 4_000),
    output_tokens: Math.floor(random() * 900) + 1,
    latency: Math.round(slowness * Math.exp(6 + spread) * 10) / 10,
    success,
    ...(success ? {} : { error_type: random() < 0.5 ? 'timeout' : 'rate_limit' }),
    confidence_score: Math.round((0.5 + random() / 2) * 100) / 100,
  };
}
