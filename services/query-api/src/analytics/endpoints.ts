import type { Endpoint } from '../ai/endpoint.ts';
import { segmentMembers } from '../segments/members.ts';
import { activityEndpoint } from './activity.ts';
import { adoptionEndpoint } from './adoption.ts';
import { churnEndpoint } from './churn.ts';
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
  activityEndpoint,
  churnEndpoint,
  segmentMembers,
];
