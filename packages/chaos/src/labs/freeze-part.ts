import type { Lab } from '../lab.ts';
import { turnOf } from './turn.ts';

const PARTS = ['redis', 'kafka', 'clickhouse', 'postgres', 'registry'] as const;
const AFTER_MS = 5_000;

/** A frozen process keeps its connections and answers nothing: the nastiest way to be away, and what a partition looks like. */
const freeze = (seconds: number, weight: number): Lab => ({
  name: `freeze-${seconds}s`,
  title: `SIGSTOP of Kafka, Redis, ClickHouse, Postgres or the registry for ${seconds} s`,
  kind: 'fault',
  passes: 'progress resumes within 15 s, and no service needs more than 512 MiB',
  takesMs: (seconds + 15) * 1_000,
  weight,
  async run({ parts, fault, occurrence, sleep }) {
    const part = turnOf(PARTS, occurrence);
    await fault(`freeze ${part} for ${seconds} s`, async () => {
      await parts.freeze(part);
      try {
        await sleep(seconds * 1_000);
      } finally {
        await parts.thaw(part);
      }
    });
    await sleep(AFTER_MS);
  },
});

export const freezeLabs: readonly Lab[] = [freeze(5, 2), freeze(35, 1), freeze(70, 1)];
