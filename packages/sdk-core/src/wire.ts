import type { AiFeedback } from '@fineprint/schemas/gen/ai-feedback';
import type { AiRequest } from '@fineprint/schemas/gen/ai-request';
import type { ProductEvent } from '@fineprint/schemas/gen/product-event';

/** Whatever else is worth keeping; must be JSON. */
export type Properties = Readonly<Record<string, unknown>>;

/** Fields of a record that are not the producer's to send. */
type OfTheGateway = 'source' | 'client_event_time' | 'flags';
/** Text in the record, an object on the wire. */
type FreeForm = 'properties' | 'context' | 'traits';

/** A record as it is sent: every field may be left out, times are ISO 8601. */
type Wire<R> = {
  readonly [K in Exclude<keyof R, OfTheGateway>]?:
    | (K extends FreeForm ? Properties : K extends 'event_time' ? string : NonNullable<R[K]>)
    | undefined;
};

export type WireProductEvent = Wire<ProductEvent>;
export type WireAiRequest = Wire<AiRequest>;
export type WireAiFeedback = Wire<AiFeedback>;

/** A contract's fields as the calls name them: camelCase, durations without their unit (`latency_ms` is `latency`). */
type CamelCase<S extends string> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<CamelCase<B>>}` : S;
type CallName<S extends string> = S extends `${infer Stem}_ms` ? CamelCase<Stem> : CamelCase<S>;
type Named<W, Fields extends keyof W & string> = { readonly [K in Fields as CallName<K>]?: W[K] };

/** What a call may say of an AI request. The contract's own names: a change there does not compile here. */
export const modelRequestFields = [
  'input_tokens',
  'output_tokens',
  'cached_tokens',
  'total_tokens',
  'latency_ms',
  'time_to_first_token_ms',
  'success',
  'error_type',
  'confidence_score',
  'cost_estimate',
  'provider',
  'operation',
  'service_tier',
  'region',
  'experiment_id',
  'variant',
  'feedback_score',
  'eval_scores',
  'properties',
] as const satisfies readonly (keyof WireAiRequest)[];

export const feedbackFields = [
  'score',
  'label',
  'comment',
  'eval_scores',
  'properties',
] as const satisfies readonly (keyof WireAiFeedback)[];

/** Times are in milliseconds, as measured around the request; `inputTokens` and `outputTokens` are needed. */
export type ModelRequest = Named<WireAiRequest, (typeof modelRequestFields)[number]> & {
  readonly inputTokens: number;
  readonly outputTokens: number;
};

/** What is said of an AI request after it; `score` (−1 to 1) or `evalScores` is needed. */
export type Feedback = Named<WireAiFeedback, (typeof feedbackFields)[number]>;

/** The name in a call of a contract's field. */
export function callName(field: string): string {
  return field.replace(/_ms$/, '').replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Takes a contract's fields out of what a call was given. */
export function pickFields(given: object, fields: readonly string[]): Record<string, unknown> {
  const from = given as Readonly<Record<string, unknown>>;
  return Object.fromEntries(fields.map((field) => [field, from[callName(field)]]));
}
