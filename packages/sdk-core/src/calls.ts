import type { About, Draft } from './draft.ts';
import {
  type Feedback,
  feedbackFields,
  type ModelRequest,
  modelRequestFields,
  type Properties,
  pickFields,
  type WireProductEvent,
} from './wire.ts';

export interface PageView extends Properties {
  readonly url: string;
  readonly title?: string | undefined;
  readonly referrer?: string | undefined;
}

export interface Conversion extends Properties {
  readonly value?: number | undefined;
  /** ISO 4217: USD, EUR, … */
  readonly currency?: string | undefined;
}

export interface Engagement extends Properties {
  readonly action?: string | undefined;
  readonly durationMs?: number | undefined;
}

export interface FunnelStep extends Properties {
  /** The step's place, from 1. */
  readonly order?: number | undefined;
}

/**
 * What a product tells of its users. Fields that a call does not name become properties of the event. `about` says whom it
 * is about, where that is not known already.
 */
export interface Calls<R> {
  trackPageView(page: PageView, about?: About): R;
  trackEvent(name: string, properties?: Properties, about?: About): R;
  trackConversion(type: string, details?: Conversion, about?: About): R;
  identify(userId: string, traits?: Properties, about?: About): R;
  trackEngagement(feature: string, details?: Engagement, about?: About): R;
  trackFunnelStep(funnel: string, step: string, details?: FunnelStep, about?: About): R;
  /** Somebody saw a variant of an experiment: from here on they count in it. */
  trackExperiment(experimentId: string, variant: string, properties?: Properties, about?: About): R;
  /** What a person, or an evaluation, says of an AI request; `requestId` is that request's event id. */
  trackFeedback(requestId: string, feedback: Feedback, about?: About): R;
}

export interface AiCalls<R> {
  trackModelRequest(model: string, version: string, request: ModelRequest & About): R;
}

/** The event by which experiments know who saw what. */
const EXPOSURE_EVENT = 'Experiment Exposure';

export function createCalls<R>(emit: (draft: Draft) => R): Calls<R> {
  const product = (fields: WireProductEvent, about: About = {}) => emit({ route: 'product', fields, about });
  return {
    trackPageView: ({ url, title, referrer, ...properties }, about) =>
      product(
        { kind: 'page_view', page_url: url, page_title: title, page_referrer: referrer, properties },
        about,
      ),
    trackEvent: (name, properties, about) => product({ kind: 'track', event_name: name, properties }, about),
    trackConversion: (type, { value, currency, ...properties } = {}, about) =>
      product(
        { kind: 'conversion', conversion_type: type, conversion_value: value, currency, properties },
        about,
      ),
    identify: (userId, traits = {}, about) => product({ kind: 'identify', traits }, { ...about, userId }),
    trackEngagement: (feature, { action, durationMs, ...properties } = {}, about) =>
      product(
        {
          kind: 'engagement',
          feature,
          engagement_action: action,
          engagement_duration_ms: durationMs,
          properties,
        },
        about,
      ),
    trackFunnelStep: (funnel, step, { order, ...properties } = {}, about) =>
      product(
        { kind: 'funnel_step', funnel_name: funnel, step_name: step, step_order: order, properties },
        about,
      ),
    trackExperiment: (experimentId, variant, more, about) => {
      const properties = { ...more, experiment_id: experimentId, variant };
      return product({ kind: 'track', event_name: EXPOSURE_EVENT, properties }, about);
    },
    trackFeedback: (requestId, feedback, about = {}) =>
      emit({
        route: 'ai',
        fields: { kind: 'ai_feedback', request_id: requestId, ...pickFields(feedback, feedbackFields) },
        about,
      }),
  };
}

export function createAiCalls<R>(emit: (draft: Draft) => R): AiCalls<R> {
  return {
    trackModelRequest: (model, version, request) =>
      emit({
        route: 'ai',
        fields: {
          kind: 'ai_request',
          model_name: model,
          model_version: version,
          ...pickFields(request, modelRequestFields),
        },
        about: request,
      }),
  };
}
