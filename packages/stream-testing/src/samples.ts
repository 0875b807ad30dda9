import type { AiFeedback, AiRequest, ConsentUpdate, ProductEvent } from '@fineprint/schemas';

const EVENT_ID = '01890a5d-ac96-774b-bcce-b302099a8057';

const common = {
  event_id: EVENT_ID,
  event_time: 1_700_000_000_000,
  user_id: 'user-1',
  anonymous_id: null,
  source: 'test',
  properties: '{}',
  context: '{}',
  client_event_time: null,
  flags: [],
};

/** A valid record, with changes. */
export function sampleProductEvent(change: Partial<ProductEvent> = {}): ProductEvent {
  return {
    ...common,
    kind: 'track',
    event_name: 'Feature Used',
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
    ...change,
  };
}

/** A valid record, with changes. */
export function sampleAiRequest(change: Partial<AiRequest> = {}): AiRequest {
  return {
    ...common,
    model_name: 'legal-analysis-v2',
    model_version: '1.0.0',
    provider: null,
    operation: null,
    session_id: null,
    input_tokens: 1500,
    output_tokens: 800,
    cached_tokens: 0,
    total_tokens: 2300,
    latency_ms: 2300,
    time_to_first_token_ms: null,
    success: true,
    error_type: null,
    confidence_score: 0.92,
    cost_estimate: null,
    service_tier: null,
    region: null,
    experiment_id: null,
    variant: null,
    feedback_score: null,
    eval_scores: {},
    ...change,
  };
}

/** A valid record, with changes. */
export function sampleAiFeedback(change: Partial<AiFeedback> = {}): AiFeedback {
  return {
    ...common,
    request_id: '01890a5d-ac96-774b-bcce-b302099a8058',
    score: 1,
    eval_scores: {},
    label: null,
    comment: null,
    session_id: null,
    ...change,
  };
}

/** A valid record, with changes. */
export function sampleConsentUpdate(change: Partial<ConsentUpdate> = {}): ConsentUpdate {
  return {
    ...common,
    categories: { analytics: true },
    jurisdiction: 'GDPR',
    method: 'banner',
    policy_version: null,
    expires_at: null,
    ...change,
  };
}
