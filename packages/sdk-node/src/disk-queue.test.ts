import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { QueuedEvent } from '@fineprint/sdk-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DiskQueue } from './disk-queue.ts';
import type { FsyncPolicy } from './options.ts';

let directory: string;
let damaged: number[];
let open: DiskQueue[];
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(tmpdir(), 'fineprint-sdk-'));
  damaged = [];
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((queue) => queue.close()));
  fs.rmSync(directory, { recursive: true });
});

function start(fsync: FsyncPolicy = 'always'): DiskQueue {
  const queue = new DiskQueue({
    ...{ directory, fsync, onDamage: (lines: number) => damaged.push(lines) },
    onFailure: (cause) => {
      throw cause;
    },
  });
  open.push(queue);
  return queue;
}
const event = (id: string, text = '{"ü":1}'): QueuedEvent => ({
  ...{ id, route: 'product', text, createdMs: 5 },
  bytes: Buffer.byteLength(text),
});
const idsOf = (queue: DiskQueue) => queue.restored.map((e) => e.id);
const segments = () => fs.readdirSync(directory).filter((name) => name.endsWith('.events'));

it('gives back what was not removed, in order, and nothing is left of the rest', async () => {
  const first = start();
  await Promise.all(['a', 'b', 'c', 'd'].map((id) => first.put(event(id))));
  first.remove(2);
  await first.close();
  const second = start();
  expect(second.restored).toEqual([event('c'), event('d')]);
  await second.put(event('e'));
  second.remove(1);
  await second.close();
  const third = start('never');
  expect(idsOf(third)).toEqual(['d', 'e']);
  third.remove(2);
  await third.close();
  expect(segments()).toEqual([]);
});

it('leaves out a torn end without a word, a damaged middle with one, and reads on', async () => {
  const first = start();
  for (const id of ['a', 'b', 'c']) await first.put(event(id));
  await first.close();
  const [name = ''] = segments();
  const file = path.join(directory, name);
  const text = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, `${text.replace(' b ', ' x ')}00000000 half a li`);
  const second = start();
  expect([idsOf(second), damaged]).toEqual([['a', 'c'], [1]]);
  await second.put(event('d'));
  await second.close();
  expect(idsOf(start())).toEqual(['a', 'c', 'd']);
});

it('repeats what it cannot know to be delivered', async () => {
  const first = start();
  for (const id of ['a', 'b']) await first.put(event(id));
  first.remove(1);
  await first.close();
  fs.writeFileSync(path.join(directory, 'head.json'), '{"segm');
  expect(idsOf(start())).toEqual(['a', 'b']);
});

it('frees files as they are delivered', async () => {
  const queue = start('never');
  const text = JSON.stringify('x'.repeat(1_000_000));
  for (let i = 0; i < 12; i++) await queue.put(event(`e${i}`, text));
  expect(segments().length).toBeGreaterThan(2);
  queue.remove(11);
  await queue.put(event('last'));
  await queue.close();
  expect(segments().length).toBe(1);
  expect(idsOf(start())).toEqual(['e11', 'last']);
});
