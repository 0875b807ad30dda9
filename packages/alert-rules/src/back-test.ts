import { seriesKey } from './alert.ts';
import { judge, type Observation } from './judge.ts';
import type { Rule } from './rule.ts';
import { QUIET, type Standing, step } from './standing.ts';

/** An alert that a rule would have raised. */
export interface PastAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly raisedAtMs: number;
  /** Null: it would still stand. */
  resolvedAtMs: number | null;
  /** When it was raised. */
  readonly value: number | null;
  readonly grounds: Readonly<Record<string, number | null>>;
}

export interface BackTest {
  readonly alerts: readonly PastAlert[];
  readonly moments: number;
  readonly stepMinutes: number;
  readonly series: number;
}

export interface BackTestRange {
  readonly fromMs: number;
  readonly toMs: number;
  /** Moments looked at, at most: a longer range is looked at more coarsely. */
  readonly maxMoments: number;
}

const MINUTE_MS = 60_000;

/** What a rule would have told of, had it stood then: as the service evaluates, on what is known now of those moments. */
export async function backTest(
  rule: Rule,
  { fromMs, toMs, maxMoments }: BackTestRange,
  observe: (rule: Rule, atMs: number) => Promise<readonly Observation[]>,
): Promise<BackTest> {
  const stepMinutes = Math.max(rule.every_minutes, Math.ceil((toMs - fromMs) / MINUTE_MS / maxMoments));
  const standings = new Map<string, { standing: Standing; open: PastAlert | null }>();
  const alerts: PastAlert[] = [];
  let moments = 0;
  const first = Math.ceil(fromMs / MINUTE_MS) * MINUTE_MS;
  for (let atMs = first; atMs <= toMs; atMs += stepMinutes * MINUTE_MS, moments++) {
    const seen = new Map((await observe(rule, atMs)).map((o) => [seriesKey(o.labels), o]));
    for (const key of new Set([...standings.keys(), ...seen.keys()])) {
      const observation = seen.get(key);
      const judgement = observation === undefined ? null : judge(rule, observation);
      const known = standings.get(key) ?? { standing: QUIET, open: null };
      const { standing, change } = step(known.standing, judgement?.verdict ?? 'unknown', atMs, rule);
      let { open } = known;
      if (change === 'raise' && observation !== undefined && judgement !== null) {
        open = {
          labels: observation.labels,
          raisedAtMs: atMs,
          resolvedAtMs: null,
          value: observation.value,
          grounds: judgement.grounds,
        };
        alerts.push(open);
      }
      if (change === 'resolve' && open !== null) {
        open.resolvedAtMs = atMs;
        open = null;
      }
      standings.set(key, { standing, open });
    }
  }
  return { alerts, moments, stepMinutes, series: standings.size };
}
