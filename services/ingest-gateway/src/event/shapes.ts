import type { z } from 'zod';
import { type AiKind, type EventShape, fieldNames } from './field-names.ts';
import {
  aiFeedbackSchema,
  aiRequestSchema,
  consentSchema,
  type ProductKind,
  productSchemas,
} from './schemas.ts';

/** How one shape of event is read. Compiled once. */
export interface Shape {
  readonly name: EventShape;
  readonly schema: z.ZodObject;
  /** Accepted name → field. */
  readonly names: ReadonlyMap<string, string>;
}

const compile = (name: EventShape, schema: z.ZodObject): Shape => ({
  name,
  schema,
  names: fieldNames(name, Object.keys(schema.shape)),
});

export const aiShapes: Readonly<Record<AiKind, Shape>> = {
  ai_request: compile('ai_request', aiRequestSchema),
  ai_feedback: compile('ai_feedback', aiFeedbackSchema),
};

export const consentShape: Shape = compile('consent', consentSchema);

export const productShapes: Readonly<Record<ProductKind, Shape>> = {
  track: compile('track', productSchemas.track),
  identify: compile('identify', productSchemas.identify),
  page_view: compile('page_view', productSchemas.page_view),
  funnel_step: compile('funnel_step', productSchemas.funnel_step),
  conversion: compile('conversion', productSchemas.conversion),
  engagement: compile('engagement', productSchemas.engagement),
};

/** What producers may call a kind. */
const KINDS: Readonly<Record<string, ProductKind>> = {
  track: 'track',
  identify: 'identify',
  page_view: 'page_view',
  pageview: 'page_view',
  funnel_step: 'funnel_step',
  'funnel-step': 'funnel_step',
  conversion: 'conversion',
  engagement: 'engagement',
};

export function productKind(name: unknown): ProductKind | undefined {
  return typeof name === 'string' && Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
}

const AI_KINDS: Readonly<Record<string, AiKind>> = {
  ai_request: 'ai_request',
  request: 'ai_request',
  ai_feedback: 'ai_feedback',
  feedback: 'ai_feedback',
};

export function aiKind(name: unknown): AiKind | undefined {
  return typeof name === 'string' && Object.hasOwn(AI_KINDS, name) ? AI_KINDS[name] : undefined;
}

export const isAiKind = (shape: string): shape is AiKind => Object.hasOwn(aiShapes, shape);
