import kafkajs from 'kafkajs';
import { expect, it } from 'vitest';
import { askLeaders } from './ask-leaders.ts';

const failure = (type: string, code: number) =>
  new kafkajs.KafkaJSProtocolError({ type, code, retriable: true, message: 'no' } as never);

/** Clients by number; the first is the one at hand. */
function clients() {
  let made = 0;
  const open = new Set<number>();
  const client = (n: number) => ({
    n,
    connect: async () => void open.add(n),
    disconnect: async () => void open.delete(n),
  });
  return { open, first: client(0), kafka: { admin: () => client(++made) } };
}

it('asks again, each time through a new client, while a partition has no leader', async () => {
  const { kafka, first, open } = clients();
  const answer = await askLeaders(kafka, first, async ({ n }) => {
    if (n < 3) throw failure(n === 1 ? 'LEADER_NOT_AVAILABLE' : 'NOT_LEADER_FOR_PARTITION', 6);
    return n;
  });
  expect([answer, [...open]]).toEqual([3, []]);
});

it('gives up on other errors at once', async () => {
  const { kafka, first } = clients();
  const asked: number[] = [];
  const question = async ({ n }: { n: number }) => {
    asked.push(n);
    throw failure('UNKNOWN', -1);
  };
  await expect(askLeaders(kafka, first, question)).rejects.toThrow('no');
  expect(asked).toEqual([0]);
});
