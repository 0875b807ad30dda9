import type { Lab } from '../lab.ts';
import { turnOf } from './turn.ts';

const PARTS = ['redis', 'clickhouse', 'postgres', 'registry'] as const;

export const restartPart: Lab = {
  name: 'restart-part',
  title: 'Redis, ClickHouse, Postgres or the registry ends, in order or by kill -9, and comes back',
  kind: 'fault',
  passes: 'progress resumes by itself; what Redis forgot is read back from the clean topics',
  takesMs: 40_000,
  weight: 2,
  async run({ parts, fault, random, occurrence, sleep }) {
    const part = turnOf(PARTS, occurrence);
    const how = random.pick(['kill', 'terminate'] as const);
    await fault(`${how === 'kill' ? 'kill -9' : 'stop'} ${part}, start it again`, async () => {
      await parts[how](part);
      await sleep(random.between(500, 6_000));
      await parts.start(part);
    });
    await sleep(3_000);
  },
};
