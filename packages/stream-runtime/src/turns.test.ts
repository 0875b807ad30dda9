import { describe, expect, it } from 'vitest';
import { createTurns } from './turns.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('lets so many in, and the next in order when one is released', async () => {
    const turns = createTurns(2);
    const entered: string[] = [];
    const enter = (name: string) =>
      turns.take().then((turn) => {
        entered.push(name);
        return turn;
      });
    const [a, b] = [enter('a'), enter('b')];
    void enter('c');
    void enter('d');
    await settled();
    expect(entered).toEqual(['a', 'b']);
    (await b).release();
    await settled();
    expect(entered).toEqual(['a', 'b', 'c']);
    (await a).release();
    await settled();
    expect(entered).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets the patient in when nobody else waits, and now and then when somebody does', async () => {
    const turns = createTurns(1);
    const entered: string[] = [];
    const enter = async (name: string, isPatient: boolean) => {
      const turn = await turns.take(isPatient);
      entered.push(name);
      await settled();
      turn.release();
    };
    const all = [
      ...['p1', 'p2', 'p3'].map((name) => enter(name, true)),
      ...['a', 'b', 'c', 'd', 'e'].map((name) => enter(name, false)),
    ];
    await Promise.all(all);
    expect(entered).toEqual(['p1', 'a', 'b', 'c', 'p2', 'd', 'e', 'p3']);
  });

  it('is released once', async () => {
    const turns = createTurns(1);
    const first = await turns.take();
    const second = turns.take();
    first.release();
    first.release();
    await second;
    let isIn = false;
    void turns.take().then(() => {
      isIn = true;
    });
    await settled();
    expect(isIn).toBe(false);
  });
});
