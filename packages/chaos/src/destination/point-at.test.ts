import type { Stack } from '@fineprint/stack';
import { expect, test } from 'vitest';
import type { ServiceDefinition } from '../fleet/fleet.ts';
import { pointAt } from './point-at.ts';

const services: readonly ServiceDefinition[] = [
  { name: 'pii-scrubber', port: 'scrubber', env: () => ({}) },
  {
    name: 'forwarder-mixpanel',
    port: 'forwarderMixpanel',
    program: 'sink-forwarder',
    env: (_stack, { MIXPANEL_BASE_URL = '' }) => ({ DESTINATION: 'mixpanel', MIXPANEL_BASE_URL }),
  },
];
const at = { name: 'mixpanel', settings: { MIXPANEL_BASE_URL: 'http://127.0.0.1:1' } } as const;
const stack = {} as Stack; // nobody asks it anything

test("the forwarder gets the run's destination whatever the environment names, and little patience", () => {
  const [scrubber, forwarder] = pointAt(at, services);
  expect(scrubber).toBe(services[0]);
  expect(forwarder).toMatchObject({ program: 'sink-forwarder', port: 'forwarderMixpanel' });
  expect(forwarder?.env(stack, { MIXPANEL_BASE_URL: 'https://api.mixpanel.com' })).toMatchObject({
    DESTINATION: 'mixpanel',
    MIXPANEL_BASE_URL: at.settings.MIXPANEL_BASE_URL,
    FORWARDER_TIMEOUT_MS: '3000',
  });
});

test('a run without the forwarder does not begin', () => {
  expect(() => pointAt(at, services.slice(0, 1))).toThrow('forwarder-mixpanel');
});
