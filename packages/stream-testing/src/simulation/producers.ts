import { createWriter, type OutputRecord, type RecordWriter } from '@fineprint/stream-runtime';
import type { SimGateway } from './gateway.ts';
import type { Sending } from './load.ts';
import { createProcess, type SimProcess } from './sim-process.ts';
import { createProducer } from './sim-writer.ts';
import type { World } from './world.ts';

/** An acknowledgement: from here on the event must not be lost. */
export interface Acknowledged {
  readonly sending: Sending;
  /** When it was first sent, and when acknowledged: counts of acknowledgements, so that they order. */
  readonly sentAt: number;
  readonly ackedAt: number;
}

export interface Producers {
  readonly acknowledged: readonly Acknowledged[];
  done(): boolean;
}

const RETRY_MS = 700;

/** Each producer sends one event after another, and each event until it is acknowledged. They never die. */
export function startProducers(world: World, load: readonly Sending[][], gateway: SimGateway): Producers {
  const acknowledged: Acknowledged[] = [];
  let running = load.length;
  let ticks = 0;

  const run = async (sendings: readonly Sending[], number: number) => {
    const process = createProcess(
      `producer#${number}`,
      world.scheduler,
      world.random.fork(`producer ${number}`),
    );
    const writer = await createWriter(
      () => createProducer({ process, broker: world.remotes.broker, log: world.log }),
      { clock: process.clock },
    );
    const sleep = (ms: number) => new Promise<void>((resolve) => void process.clock.after(ms, resolve));
    for (const sending of sendings) {
      await sleep(Math.max(0, sending.atMs - world.scheduler.nowMs()));
      const sentAt = ++ticks;
      while (!(await send(process, writer, sending))) await sleep(RETRY_MS);
      acknowledged.push({ sending, sentAt, ackedAt: ++ticks });
    }
    running--;
  };

  const send = async (process: SimProcess, writer: RecordWriter, sending: Sending): Promise<boolean> => {
    const record: OutputRecord = {
      topic: sending.topic,
      partition: sending.partition,
      key: Buffer.from(sending.subject),
      value: sending.value,
    };
    try {
      if (sending.path === 'publisher') await writer.write([record]);
      else await process.call(world.remotes.http, `post to ${sending.topic}`, () => gateway.accept([record]));
      return true;
    } catch {
      return false;
    }
  };

  for (const [number, sendings] of load.entries()) void run(sendings, number);
  return { acknowledged, done: () => running === 0 };
}
