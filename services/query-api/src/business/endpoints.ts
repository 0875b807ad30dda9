import type { Endpoint } from '../ai/endpoint.ts';
import { growthEndpoint } from './growth.ts';
import { plansEndpoint } from './plans.ts';
import { revenueEndpoint } from './revenue.ts';
import { usageEndpoint } from './usage.ts';

/** Business figures, from the tables that runs fill. */
export const businessEndpoints: readonly Endpoint[] = [
  revenueEndpoint,
  plansEndpoint,
  growthEndpoint,
  usageEndpoint,
];
