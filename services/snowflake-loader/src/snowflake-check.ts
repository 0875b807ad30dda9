import type { Check } from '@fineprint/service-kit';
import { type ExclusiveSessions, explain, toSnowflakeError } from '@fineprint/snowflake';

/** A session that is not asked more often costs nothing worth naming: this statement needs no warehouse. */
const ASK_EVERY_MS = 30_000;
const LOOK_WITHIN_MS = 2_000;

/** Snowflake lets us in. Known before the first rows come; a suspended warehouse shows when they do. */
export function snowflakeCheck(sessions: ExclusiveSessions, nowMs: () => number): Check {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let found: string | null = 'has not been reached yet';
  let asking: Promise<void> | undefined;

  const ask = async () => {
    try {
      await sessions.use('check', (session) => session.rows('SELECT CURRENT_VERSION() AS version'));
      found = null;
      askedAtMs = nowMs();
    } catch (error) {
      found = `Snowflake: ${explain(toSnowflakeError(error))}`;
    } finally {
      asking = undefined;
    }
  };

  return {
    code: 'store_unavailable',
    isRequired: true,
    async look() {
      if (nowMs() - askedAtMs < ASK_EVERY_MS) return found;
      asking ??= ask();
      // The driver tries for long what gets no answer; the last word holds until it has another one.
      await Promise.race([asking, new Promise((resolve) => setTimeout(resolve, LOOK_WITHIN_MS).unref())]);
      return found;
    },
  };
}
