import { readTime } from '@fineprint/http-kit';
import type { AiFeedback, AiRequest, ConsentUpdate, ProductEvent } from '@fineprint/schemas';
import type { ResolvedTime } from './event-time.ts';
import type { JsonText } from './json-text.ts';
import { type PrivacySignals, withSignals } from './privacy-signals.ts';
import type { AiFeedbackInput, AiRequestInput, ConsentInput, ProductInput } from './schemas.ts';

type Input = ProductInput | AiRequestInput | AiFeedbackInput;

/** What the gateway adds to an event. */
export interface RecordFrame {
  readonly eventId: string;
  readonly source: string;
  readonly time: ResolvedTime;
  readonly signals: PrivacySignals;
}

const textOf = (value: JsonText | null | undefined) => value?.text ?? '{}';

const subject = (input: Input) => ({
  user_id: input.user_id ?? null,
  anonymous_id: input.anonymous_id ?? null,
  session_id: input.session_id ?? null,
});

const frameFields = (input: Input | ConsentInput, frame: RecordFrame) => ({
  event_id: frame.eventId,
  event_time: frame.time.eventTimeMs,
  client_event_time: frame.time.clientEventTimeMs,
  flags: frame.time.flags,
  source: frame.source,
  properties: textOf(input.properties),
  context: withSignals(textOf(input.context), frame.signals),
});

const NO_TYPED_FIELDS = {
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
} as const;

export function toProductEvent(input: ProductInput, frame: RecordFrame): ProductEvent {
  return {
    ...frameFields(input, frame),
    ...subject(input),
    kind: input.kind,
    event_name: input.kind === 'track' ? input.event_name : input.kind,
    ...NO_TYPED_FIELDS,
    ...typedFields(input),
  };
}

function typedFields(input: ProductInput): Partial<ProductEvent> {
  switch (input.kind) {
    case 'track':
      return {};
    case 'identify':
      return { traits: textOf(input.traits) };
    case 'page_view':
      return {
        page_url: input.page_url,
        page_title: input.page_title ?? null,
        page_referrer: input.page_referrer ?? null,
      };
    case 'funnel_step':
      return {
        funnel_name: input.funnel_name,
        step_name: input.step_name,
        step_order: input.step_order ?? null,
      };
    case 'conversion':
      return {
        conversion_type: input.conversion_type,
        conversion_value: input.conversion_value ?? null,
        currency: input.currency?.toUpperCase() ?? null,
      };
    case 'engagement':
      return {
        feature: input.feature,
        engagement_action: input.engagement_action ?? null,
        engagement_duration_ms:
          input.engagement_duration_ms == null ? null : Math.round(input.engagement_duration_ms),
      };
  }
}

export function toAiRequest(input: AiRequestInput, frame: RecordFrame): AiRequest {
  const errorType = input.error_type ?? null;
  return {
    ...frameFields(input, frame),
    ...subject(input),
    model_name: input.model_name,
    model_version: input.model_version,
    provider: input.provider ?? null,
    operation: input.operation ?? null,
    input_tokens: input.input_tokens,
    output_tokens: input.output_tokens,
    cached_tokens: input.cached_tokens ?? 0,
    total_tokens: input.input_tokens + input.output_tokens,
    latency_ms: input.latency_ms ?? null,
    time_to_first_token_ms: input.time_to_first_token_ms ?? null,
    success: input.success ?? errorType === null,
    error_type: errorType,
    confidence_score: input.confidence_score ?? null,
    cost_estimate: input.cost_estimate ?? null,
    service_tier: input.service_tier ?? null,
    region: input.region ?? null,
    experiment_id: input.experiment_id ?? null,
    variant: input.variant ?? null,
    feedback_score: input.feedback_score ?? null,
    eval_scores: input.eval_scores ?? {},
  };
}

export function toAiFeedback(input: AiFeedbackInput, frame: RecordFrame): AiFeedback {
  return {
    ...frameFields(input, frame),
    ...subject(input),
    request_id: input.request_id.toLowerCase(),
    score: input.score ?? null,
    eval_scores: input.eval_scores ?? {},
    label: input.label ?? null,
    comment: input.comment ?? null,
  };
}

export function toConsentUpdate(input: ConsentInput, frame: RecordFrame): ConsentUpdate {
  return {
    ...frameFields(input, frame),
    user_id: input.user_id ?? null,
    anonymous_id: input.anonymous_id ?? null,
    categories: input.categories,
    jurisdiction: input.jurisdiction ?? null,
    method: input.method ?? null,
    policy_version: input.policy_version ?? null,
    expires_at: input.expires_at == null ? null : (readTime(input.expires_at)?.ms ?? null),
  };
}
