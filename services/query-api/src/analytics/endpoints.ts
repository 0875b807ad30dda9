import type { Endpoint } from '../ai/endpoint.ts';
import { lifetimeValueEndpoint } from './lifetime-value.ts';
import { retentionEndpoint } from './retention.ts';

/** What people do, from product_events. */
export const analyticsEndpoints: readonly Endpoint[] = [retentionEndpoint, lifetimeValueEndpoint];
