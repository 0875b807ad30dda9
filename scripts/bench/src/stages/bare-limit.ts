import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { BareOptions } from './bare-consumer.ts';
import { type Drained, drain } from './drain.ts';

/** How fast the Kafka client alone reads and decodes the `total` records of a topic. */
export async function bareLimit(options: BareOptions, total: number): Promise<Drained> {
  const child = fork(path.join(import.meta.dirname, 'bare-consumer.ts'), [JSON.stringify(options)]);
  const gone = once(child, 'exit');
  const records = async (): Promise<number> => {
    child.send('records?');
    const answer = await Promise.race([once(child, 'message'), gone.then(() => null)]);
    if (answer === null) throw new Error(`the bare consumer ended with ${child.exitCode}`);
    return Number(answer[0]);
  };
  try {
    return await drain([{ pid: () => child.pid ?? 0, records }], total);
  } finally {
    child.kill();
    await gone;
  }
}
