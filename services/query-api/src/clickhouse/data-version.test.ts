import { expect, it } from 'vitest';
import { shareReadings } from './data-version.ts';

const setUp = () => {
  const state = { begun: 0, away: false };
  const read = shareReadings(async () => {
    const reading = ++state.begun;
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (state.away) throw new Error('away');
    return String(reading);
  });
  return { state, read };
};

it('shares a reading that begins after every question it answers', async () => {
  const { state, read } = setUp();
  const first = [read(), read()];
  await Promise.resolve();
  await Promise.resolve();
  expect(state.begun).toBe(1);
  const later = [read(), read(), read()]; // the first one is under way
  expect(await Promise.all(first)).toEqual(['1', '1']);
  expect(await Promise.all(later)).toEqual(['2', '2', '2']);
  expect(await read()).toBe('3');
});

it('goes on after a reading that failed', async () => {
  const { state, read } = setUp();
  state.away = true;
  await expect(read()).rejects.toThrow('away');
  state.away = false;
  expect(await read()).toBe('2');
});
