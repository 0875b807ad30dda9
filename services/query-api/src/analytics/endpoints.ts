import type { Endpoint } from '../ai/endpoint.ts';
import { adoptionEndpoint } from './adoption.ts';
import { journeysEndpoint } from './journeys.ts';
import { lifetimeValueEndpoint } from './lifetime-value.ts';
import { retentionEndpoint } from './retention.ts';
import { stickinessEndpoint } from './stickiness.ts';

/** What people do, from product_events. */
export const analyticsEndpoints: readonly Endpoint[] = [
  retentionEndpoint,
  lifetimeValueEndpoint,
  journeysEndpoint,
  adoptionEndpoint,
  stickinessEndpoint,
];
