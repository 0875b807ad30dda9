import type { AiFeedback, AiRequest, ConsentUpdate, ProductEvent } from '@fineprint/schemas';
import type { PlannedEvent } from './event-source.ts';

/** The event as the gateway's JSON. Consent has no path there. */
export function toJson(event: PlannedEvent): Record<string, unknown> {
  const common = {
    event_id: event.id,
    user_id: event.user,
    event_time: new Date(event.timeMs).toISOString(),
    properties: { note: event.note },
  };
  if (event.kind === 'product') return { ...common, event_name: event.name };
  if (event.kind === 'feedback')
    return { ...common, kind: 'ai_feedback', request_id: event.requestId, score: 1, comment: event.note };
  const { model, version, inputTokens, outputTokens, success } = figuresOf(event);
  return {
    ...common,
    kind: 'ai_request',
    model_name: model,
    model_version: version,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    success,
    latency_ms: inputTokens,
  };
}

export const DIRECT_SOURCE = 'chaos';

const common = (event: PlannedEvent) => ({
  event_id: event.id,
  event_time: event.timeMs,
  user_id: event.user,
  anonymous_id: null,
  source: DIRECT_SOURCE,
  properties: JSON.stringify({ note: event.note }),
  context: '{}',
  client_event_time: null,
  flags: [],
});

export function toProductEvent(event: PlannedEvent): ProductEvent {
  return {
    ...common(event),
    kind: 'track',
    event_name: event.name ?? 'chaos_opened',
    session_id: null,
    traits: null,
    page_url: null,
    page_title: null,
    page_referrer: null,
    funnel_name: null,
    step_name: null,
    step_order: null,
    conversion_type: null,
    conversion_value: null,
    currency: null,
    feature: null,
    engagement_action: null,
    engagement_duration_ms: null,
  };
}

export function toAiRequest(event: PlannedEvent): AiRequest {
  const { model, version, inputTokens, outputTokens, success } = figuresOf(event);
  return {
    ...common(event),
    model_name: model,
    model_version: version,
    provider: null,
    operation: null,
    session_id: null,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cached_tokens: 0,
    total_tokens: inputTokens + outputTokens,
    latency_ms: inputTokens,
    time_to_first_token_ms: null,
    success,
    error_type: null,
    confidence_score: null,
    cost_estimate: null,
    service_tier: null,
    region: null,
    experiment_id: null,
    variant: null,
    feedback_score: null,
    eval_scores: {},
  };
}

export function toFeedback(event: PlannedEvent): AiFeedback {
  return {
    ...common(event),
    request_id: event.requestId,
    score: 1,
    eval_scores: {},
    label: null,
    comment: event.note,
    session_id: null,
  };
}

export function toConsent(event: PlannedEvent): ConsentUpdate {
  return {
    ...common(event),
    categories: { analytics: true },
    jurisdiction: 'GDPR',
    method: 'banner',
    policy_version: null,
    expires_at: null,
  };
}

function figuresOf(event: PlannedEvent) {
  if (event.ai === undefined) throw new Error(`an event of kind ${event.kind} has no figures`);
  return event.ai;
}
