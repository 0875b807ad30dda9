import {
  createAmplitude,
  createMixpanel,
  createSegment,
  createWebhookReceiver,
  type Vendor,
} from '@fineprint/contract-servers';
import type { DestinationName } from '@fineprint/topology';

export const KEY = 'a-key-of-the-project';

/** Each destination's contract. */
export function createVendor(name: DestinationName, nowMs: () => number): Vendor {
  const make: Readonly<Record<DestinationName, () => Vendor>> = {
    mixpanel: () => createMixpanel({ token: KEY, nowMs }),
    amplitude: () => createAmplitude({ apiKey: KEY, nowMs }),
    segment: () => createSegment({ writeKey: KEY }),
    webhooks: () => createWebhookReceiver({ secret: KEY, nowMs }),
  };
  return make[name]();
}
