import type { OutputRecord } from '@fineprint/stream-runtime';
import { openTopics } from '@fineprint/topology';
import type { Lab, LabContext } from '../lab.ts';
import { toProductEvent } from '../load/event-forms.ts';
import type { Random } from '../random.ts';

const SECONDS = 6;
const PER_SECOND = 20;
const WIRE_HEADER_BYTES = 5;

export const garbage: Lab = {
  name: 'garbage',
  title:
    'bytes that are no events lie among good ones in the raw topics: cut short, too long, of a wrong schema, none at all',
  kind: 'fault',
  passes: 'each is in a dead letter, and its neighbours pass',
  takesMs: 10_000,
  weight: 2,
  async run(context) {
    await context.fault(`${SECONDS * PER_SECOND} records of garbage`, async () => {
      for (let second = 0; second < SECONDS; second++) {
        await publishGarbage(context, PER_SECOND);
        await context.sleep(1_000);
      }
    });
  },
};

const RETRY_MS = 500;
const MAX_TRIES = 60;

/** Each under a key of its own, by which its dead letter is found. */
export async function publishGarbage(
  { target, book, random, sleep }: Pick<LabContext, 'target' | 'book' | 'random' | 'sleep'>,
  count: number,
): Promise<void> {
  const valid = target.encoder.encode('product.events.raw', toProductEvent(someEvent(random)));
  const records: OutputRecord[] = Array.from({ length: count }, () => ({
    topic: random.pick(openTopics),
    key: Buffer.from(`garbage-${random.uuid()}`),
    value: spoil(valid, random),
  }));
  for (let attempt = 1; ; attempt++) {
    try {
      await target.writer.write(records);
      break;
    } catch (error) {
      if (attempt === MAX_TRIES) throw error;
      await sleep(RETRY_MS);
    }
  }
  for (const { key } of records) book.garbage(String(key));
}

function spoil(valid: Buffer, random: Random): Buffer | null {
  const kinds: readonly (() => Buffer | null)[] = [
    () => null,
    () => Buffer.alloc(0),
    () => Buffer.from('{"event_name":"I am JSON"}'),
    () => valid.subarray(0, 1 + random.below(valid.length - 1)),
    () => Buffer.concat([valid, Buffer.from([random.below(256)])]),
    () => Buffer.concat([Buffer.from([0, 127, 0, 0, random.below(256)]), valid.subarray(WIRE_HEADER_BYTES)]),
    () => Buffer.concat([valid.subarray(0, WIRE_HEADER_BYTES), Buffer.from(random.uuid())]),
    // An array that says it has 2^62 items.
    () => Buffer.concat([valid.subarray(0, valid.length - 1), Buffer.from('fefffffffffffffffe01', 'hex')]),
  ];
  return random.pick(kinds)();
}

const someEvent = (random: Random) => ({
  id: random.uuid(),
  kind: 'product' as const,
  order: null,
  timeMs: 1_700_000_000_000,
  user: 'user-garbage',
  note: 'cut short',
  requestId: random.uuid(),
});
