import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { createProgressView, entryLine } from './progress-view.ts';

test('without a terminal: a plain line per step', () => {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream & PassThrough;
  const view = createProgressView(stream);
  view.on({ name: 'kafka', state: 'starting' });
  view.on({ name: 'kafka', state: 'ready', elapsedMs: 2_100 });
  view.on({ name: 'redis', state: 'kept', detail: 'pid 7' });
  view.end();
  expect(stream.read().toString()).toBe(
    'kafka: starting\nkafka: ready after 2.1 s\nredis: runs already (pid 7)\n',
  );
});

test('on a terminal: name, state, time so far or time taken', () => {
  const line = (...args: Parameters<typeof entryLine>) => stripVTControlCharacters(entryLine(...args));
  expect(line({ name: 'kafka', state: 'starting' }, 1_500, '*')).toMatch(/^\* kafka +starting +1\.5 s$/);
  expect(line({ name: 'kafka', state: 'ready', elapsedMs: 2_100 }, 9_000, '*')).toMatch(
    /^✓ kafka +ready +2\.1 s$/,
  );
});
