import type { EventShape } from '../event/field-names.ts';

/** One valid event per shape, as the documentation shows them. A test sends each. */
export const examples: Readonly<Record<EventShape, Readonly<Record<string, unknown>>>> = {
  track: {
    event_name: 'Feature Used',
    user_id: 'user_42',
    properties: { feature: 'document_analysis', document_type: 'terms_of_service' },
  },
  identify: { user_id: 'user_42', anonymous_id: 'anon_7', traits: { plan: 'professional' } },
  page_view: { page_url: 'https://app.example/documents', page_title: 'Documents', anonymous_id: 'anon_7' },
  funnel_step: { user_id: 'user_42', funnel_name: 'signup', step_name: 'verified', step_order: 2 },
  conversion: {
    user_id: 'user_42',
    conversion_type: 'subscription',
    conversion_value: 29.99,
    currency: 'USD',
    properties: { plan: 'professional' },
  },
  engagement: {
    user_id: 'user_42',
    feature: 'clause_highlights',
    engagement_action: 'opened',
    engagement_duration_ms: 5400,
  },
  ai_request: {
    model_name: 'legal-analysis-v2',
    model_version: '1.0.0',
    user_id: 'user_42',
    input_tokens: 1500,
    output_tokens: 800,
    latency_ms: 2300,
    success: true,
    confidence_score: 0.92,
  },
  ai_feedback: {
    request_id: '01890a5d-ac96-774b-bcce-b302099a8057',
    user_id: 'user_42',
    score: 1,
    label: 'helpful',
    comment: 'Found the clause at once.',
  },
  consent: {
    user_id: 'user_42',
    anonymous_id: 'anon_7',
    categories: { analytics: true, marketing: false, ai: true },
    jurisdiction: 'GDPR',
    method: 'banner',
    policy_version: '2026-02',
    proof: { banner: 'v3', button: 'accept-selected' },
  },
};
