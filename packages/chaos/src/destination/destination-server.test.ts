import { always } from '@fineprint/contract-servers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { plantedSentences } from '../load/planted.ts';
import { type DestinationServer, startDestination } from './destination-server.ts';

let destination: DestinationServer;
beforeEach(async () => {
  destination = await startDestination();
});
afterEach(() => destination.close());

/** As the forwarder sends it. The status; 0 where there was no answer. */
async function send(ids: readonly string[], note = ''): Promise<number> {
  const { MIXPANEL_TOKEN: token, MIXPANEL_BASE_URL: url } = destination.settings;
  const events = ids.map((id) => ({
    event: 'chaos_viewed',
    properties: { distinct_id: 'user-1', time: 1_700_000_000_000, $insert_id: id, note },
  }));
  return await fetch(`${url}/import?strict=1`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${token}:`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(events),
    signal: AbortSignal.timeout(300),
  }).then(
    async (answer) => {
      await answer.text();
      return answer.status;
    },
    () => 0,
  );
}

test('holds each event once, by its id', async () => {
  expect(await send(['a', 'b'])).toBe(200);
  expect(await send(['b'])).toBe(200);
  expect(destination.ids()).toEqual(['a', 'b']);
  expect([destination.arrivals(), destination.repeats()]).toEqual([3, 1]);
});

test('tells of personal data that came', async () => {
  await send(['a'], 'nothing of note');
  expect([...destination.personalData()]).toEqual([]);
  for (const sentence of plantedSentences) await send(['a'], sentence);
  expect([...destination.personalData()]).toEqual([['mixpanel', plantedSentences.length]]);
});

test('goes away and comes back to the same port, with what it held', async () => {
  await send(['a']);
  await destination.down();
  expect(await send(['b'])).toBe(0);
  await destination.up();
  expect(await send(['b'])).toBe(200);
  expect(destination.ids()).toEqual(['a', 'b']);
});

test('hangs without taking anything, or takes it and says nothing', async () => {
  destination.setFaults(always({ kind: 'hang' }));
  expect(await send(['a'])).toBe(0);
  expect(destination.ids()).toEqual([]);
  destination.setFaults(always({ kind: 'timeout-after' }));
  expect(await send(['a'])).toBe(0);
  expect(destination.ids()).toEqual(['a']);
  await destination.up();
  expect(await send(['a'])).toBe(200);
  expect([destination.ids(), destination.repeats()]).toEqual([['a'], 1]);
});
