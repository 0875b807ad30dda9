import type { RecordWriter } from '@fineprint/stream-runtime';
import { topics } from '@fineprint/topology';
import type { SimulatedNode } from './plan.ts';
import { SESSION_TIMEOUT_MS } from './session.ts';
import type { SimProcess } from './sim-process.ts';
import type { World } from './world.ts';

interface Watched {
  readonly node: SimulatedNode;
  readonly process: SimProcess;
  readonly world: World;
  /** When the group last answered this process. */
  readonly heardAtMs: () => number;
}

/** Compaction keeps the last record of a key: a process that may have been replaced must not write to such a topic. */
export function watchStale(writer: RecordWriter, { node, process, world, heardAtMs }: Watched): RecordWriter {
  return {
    ...writer,
    write(records) {
      const silentMs = process.monotonicMs() - heardAtMs();
      const stale = records.find((record) => topics[record.topic].cleanup === 'compact');
      if (silentMs >= SESSION_TIMEOUT_MS && stale !== undefined)
        world.violations.push(
          `stale: ${node} wrote to ${stale.topic}/${stale.partition} after ${Math.round(silentMs)} ms without its group`,
        );
      return writer.write(records);
    },
  };
}
