import { describe, expect, it } from 'vitest';
import { PoisonError, type SinkRecord, type SinkWrite } from './sink.ts';
import { createSinkLane, newPace, type SinkLane, type SinkLaneOptions } from './sink-lane.ts';
import { createTurns } from './turns.ts';

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

const record = (offset: number): SinkRecord => ({
  input: { offset, timestampMs: 0, key: null, value: null, headers: {} },
  schemaId: 1,
  datum: Buffer.alloc(0),
  sourceOffset: null,
  id: null,
});
const writeOf = (partition: number, offset = 0): SinkWrite => ({
  topic: 'product.events.clean',
  partition,
  after: { nextOffset: null, sourceOffset: null },
  records: [record(offset)],
});

/** A store that notes which partitions came together. */
function laneInto(changes: Partial<SinkLaneOptions> = {}) {
  const together: number[][] = [];
  const lane = createSinkLane({
    turns: createTurns(1),
    pace: newPace(),
    isPatient: false,
    write(writes) {
      together.push(writes.map((w) => w.partition));
      return Promise.resolve(writes.map((w) => ({ nextOffset: w.partition + 100, sourceOffset: null })));
    },
    blockOf: () => 'one',
    gather: settled,
    ...changes,
  });
  return { lane, together };
}

/** A seat that has been taken. */
async function taken(lane: SinkLane) {
  const seat = lane.seat();
  await seat.take();
  return seat;
}

describe('a lane', () => {
  it('writes together what is due together, and tells each of its own', async () => {
    const { lane, together } = laneInto();
    const all = [0, 1, 2].map(async (partition) => {
      const seat = await taken(lane);
      await settled();
      const { nextOffset } = await seat.write(writeOf(partition));
      return nextOffset;
    });
    expect(await Promise.all(all)).toEqual([100, 101, 102]);
    expect(together).toEqual([[0, 1, 2]]);
  });

  it('does not wait for a seat that is given back, and whoever comes late has the next round', async () => {
    const { lane, together } = laneInto();
    const [first, second] = await Promise.all([taken(lane), taken(lane)]);
    const late = taken(lane);
    const written = first.write(writeOf(1));
    await settled();
    expect(together).toEqual([]);
    second.release();
    second.release();
    await written;
    const third = await late;
    await third.write(writeOf(3));
    expect(together).toEqual([[1], [3]]);
  });

  it('writes blocks one after another, and keeps its turn until the last is taken', async () => {
    const turns = createTurns(1);
    const { lane, together } = laneInto({ turns, blockOf: ({ partition }) => (partition < 2 ? 'a' : 'b') });
    const seats = await Promise.all([0, 1, 2].map(() => taken(lane)));
    await Promise.all(seats.map((seat, partition) => seat.write(writeOf(partition))));
    expect(together).toEqual([[0, 1], [2]]);
    (await turns.take()).release();
  });

  it('writes each alone where together they are refused: only the one that is refused hears of it', async () => {
    const asked: number[][] = [];
    const { lane } = laneInto({
      write(writes) {
        asked.push(writes.map((w) => w.partition));
        if (writes.some((w) => w.partition === 1)) return Promise.reject(new PoisonError('refused', 'no'));
        return Promise.resolve(writes.map(() => ({ nextOffset: 1, sourceOffset: null })));
      },
    });
    const seats = await Promise.all([0, 1].map(() => taken(lane)));
    const written = await Promise.allSettled(seats.map((seat, partition) => seat.write(writeOf(partition))));
    expect(written.map((w) => w.status)).toEqual(['fulfilled', 'rejected']);
    expect(asked).toEqual([[0, 1], [0], [1]]);
  });

  it('goes on after a failure, with who comes back', async () => {
    let isAway = true;
    const { lane } = laneInto({
      write: (writes) =>
        isAway
          ? Promise.reject(new Error('away'))
          : Promise.resolve(writes.map(() => ({ nextOffset: 1, sourceOffset: null }))),
    });
    const seat = await taken(lane);
    await expect(seat.write(writeOf(0))).rejects.toThrow('away');
    await expect(seat.write(writeOf(0))).rejects.toThrow('seat');
    isAway = false;
    await seat.take();
    await seat.take();
    expect((await seat.write(writeOf(0))).nextOffset).toBe(1);
  });
});
