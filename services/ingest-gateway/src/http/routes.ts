import type { RouteShape } from '../event/read-event.ts';

/** A path that takes events. */
export interface IngestRoute {
  readonly path: string;
  readonly shape: RouteShape;
  /** Part of ids derived from an Idempotency-Key. `/events` and `/events/batch` take the same, so they share it. */
  readonly name: string;
  readonly summary: string;
  /** Never spooled: what is answered with 202 is in Kafka, so that whatever is sent afterwards is behind it. */
  readonly isDirect?: true;
}

const PRODUCT = '/api/v1/product';
const AI = '/api/v1/ai';

/** Every path that takes events by POST. */
export const ingestRoutes: readonly IngestRoute[] = [
  {
    path: `${PRODUCT}/events`,
    shape: 'any_product',
    name: 'product.events',
    summary: 'Track product events; `kind` says which kind each is, `track` if left out',
  },
  {
    path: `${PRODUCT}/events/batch`,
    shape: 'any_product',
    name: 'product.events',
    summary: 'Track many product events of any kinds',
  },
  {
    path: `${PRODUCT}/identify`,
    shape: 'identify',
    name: 'product.identify',
    summary: 'Identify users and set their properties',
  },
  {
    path: `${PRODUCT}/pageview`,
    shape: 'page_view',
    name: 'product.pageview',
    summary: 'Track page views',
  },
  {
    path: `${PRODUCT}/funnel-step`,
    shape: 'funnel_step',
    name: 'product.funnel-step',
    summary: 'Track steps of funnels',
  },
  {
    path: `${PRODUCT}/conversion`,
    shape: 'conversion',
    name: 'product.conversion',
    summary: 'Track conversions',
  },
  {
    path: `${PRODUCT}/engagement`,
    shape: 'engagement',
    name: 'product.engagement',
    summary: 'Track engagement with features',
  },
  {
    path: `${AI}/track-request`,
    shape: 'ai_request',
    name: 'ai.requests',
    summary: 'Track requests to AI models',
  },
  {
    path: `${AI}/track-feedback`,
    shape: 'ai_feedback',
    name: 'ai.feedback',
    summary: 'Track what is said of AI requests: ratings, evaluations, comments',
  },
  {
    path: `${AI}/events/batch`,
    shape: 'any_ai',
    name: 'ai.requests',
    summary:
      'Track many requests to AI models, and feedback on them; `kind` says which, `ai_request` if left out',
  },
  {
    path: '/api/v1/privacy/consent',
    shape: 'consent',
    name: 'privacy.consent',
    summary: 'Record what people allowed or withdrew; it counts for everything that is sent after the answer',
    isDirect: true,
  },
];

export const PIXEL_PATH = `${PRODUCT}/pixel.gif`;
