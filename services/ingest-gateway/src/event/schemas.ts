import { z } from 'zod';
import { JsonText } from './json-text.ts';

/** Names and ids: one line of text. A control character in one is a mistake or an attack, never a name. */
const name = z
  .string()
  .min(1)
  .max(255)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'must be one line without control characters');
const longText = z.string().max(2_048);
const address = z.string().max(8_192);
const count = z.int().min(0).max(1_000_000_000_000);
const durationMs = z.number().min(0).max(1e12);

const time = z
  .union([z.string().max(64), z.number()], { error: 'expected ISO 8601 text or epoch milliseconds' })
  .meta({
    override: { type: ['string', 'number'], examples: ['2026-06-15T12:00:00.000Z', 1_781_524_800_000] },
  });

/** A free-form object; it is not looked into here. */
const freeForm = z
  .custom<JsonText>((value) => value instanceof JsonText && value.isObject, 'expected an object')
  .meta({ override: { type: 'object', additionalProperties: true } });

/** Sent by mistake only; all such events would count as one. */
const UNIFORM = /^([0f])\1{7}-/i;

const common = {
  event_id: z
    .guid()
    .refine((id) => !UNIFORM.test(id), 'must not be the nil or the max UUID')
    .nullish()
    .meta({ description: 'Your UUID for the event; a repeat with the same one counts once.' }),
  message_id: name
    .nullish()
    .meta({ description: 'Your own unique name for the event, if you have no UUID.' }),
  user_id: name.nullish().meta({ description: 'The signed-in user.' }),
  anonymous_id: name.nullish().meta({ description: 'The browser or device before sign-in.' }),
  session_id: name.nullish(),
  event_time: time.nullish().meta({ description: 'When it happened; the time of arrival if left out.' }),
  sent_at: time
    .nullish()
    .meta({ description: "When you sent it, by the clock of event_time: corrects that clock's error." }),
  properties: freeForm.nullish().meta({ description: 'Whatever else you want to keep.' }),
  context: freeForm
    .nullish()
    .meta({ description: 'Where it happened: page, device, app, campaign, library.' }),
};

const product = <K extends string, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...common, ...shape });

/** A product event, by kind. */
export const productSchemas = {
  track: product('track', { event_name: name }),
  identify: product('identify', {
    traits: freeForm.nullish().meta({ description: "The user's properties." }),
  }).refine((input) => input.user_id != null || input.anonymous_id != null, {
    path: ['user_id'],
    message: 'Either user_id or anonymous_id is required.',
  }),
  page_view: product('page_view', {
    page_url: address.min(1),
    page_title: longText.nullish(),
    page_referrer: address.nullish(),
  }),
  funnel_step: product('funnel_step', {
    funnel_name: name,
    step_name: name,
    step_order: z.int().min(1).max(1_000).nullish(),
  }),
  conversion: product('conversion', {
    conversion_type: name,
    conversion_value: z.number().min(-1e15).max(1e15).nullish(),
    currency: z
      .string()
      .regex(/^[A-Za-z]{3}$/, 'must be an ISO 4217 code of three letters')
      .nullish(),
  }),
  engagement: product('engagement', {
    feature: name,
    engagement_action: name.nullish(),
    engagement_duration_ms: durationMs.nullish(),
  }),
} as const;

export type ProductKind = keyof typeof productSchemas;
export type ProductInput = z.output<(typeof productSchemas)[ProductKind]>;

/** A request to an AI model. */
export const aiRequestSchema = z.strictObject({
  ...common,
  model_name: name,
  model_version: name,
  provider: name.nullish(),
  operation: name.nullish(),
  input_tokens: count,
  output_tokens: count,
  cached_tokens: count.nullish(),
  total_tokens: count.nullish().meta({ description: 'input_tokens + output_tokens; computed if left out.' }),
  latency_ms: durationMs.nullish(),
  time_to_first_token_ms: durationMs.nullish(),
  success: z.boolean().nullish().meta({ description: 'Left out: true, unless error_type is given.' }),
  error_type: name.nullish(),
  confidence_score: z.number().min(0).max(1).nullish(),
  cost_estimate: z.number().min(0).max(1e9).nullish().meta({ description: 'US dollars.' }),
  service_tier: name.nullish(),
  region: name.nullish(),
  experiment_id: name.nullish(),
  variant: name.nullish(),
  feedback_score: z.number().min(-1).max(1).nullish(),
  eval_scores: z.record(name, z.number()).nullish(),
});

export type AiRequestInput = z.output<typeof aiRequestSchema>;

/** What is said of an AI request after it. */
export const aiFeedbackSchema = z
  .strictObject({
    ...common,
    request_id: z.guid().meta({ description: 'The event_id of the AI request that this is about.' }),
    score: z.number().min(-1).max(1).nullish().meta({ description: 'The rating: 1 is best.' }),
    eval_scores: z
      .record(name, z.number())
      .nullish()
      .meta({ description: 'Scores of evaluations, by name.' }),
    label: name.nullish().meta({ description: 'A short verdict by name.' }),
    comment: z.string().max(8_192).nullish().meta({ description: 'Free text; personal data is removed.' }),
  })
  .refine((input) => input.score != null || Object.keys(input.eval_scores ?? {}).length > 0, {
    path: ['score'],
    message: 'Either score or eval_scores is required.',
  });

export type AiFeedbackInput = z.output<typeof aiFeedbackSchema>;

const MAX_CATEGORIES = 50;
const { session_id: _, ...ofSubject } = common;

/** What a person allowed or withdrew. */
export const consentSchema = z
  .strictObject({
    ...ofSubject,
    categories: z
      .record(name, z.boolean())
      .refine((given) => Object.keys(given).length > 0, 'Name at least one category.')
      .refine((given) => Object.keys(given).length <= MAX_CATEGORIES, `At most ${MAX_CATEGORIES} categories.`)
      .meta({
        description: 'Purpose to allowed. `analytics`, `marketing` and `ai` decide; others are kept.',
      }),
    jurisdiction: name.nullish().meta({ description: 'The law it was asked under: GDPR, CCPA, ...' }),
    method: name.nullish().meta({ description: 'How it was given: banner, settings, api, import, ...' }),
    policy_version: name.nullish().meta({ description: 'The text that was agreed to.' }),
    expires_at: time.nullish().meta({ description: 'From when on a yes has to be asked for again.' }),
    properties: freeForm.nullish().meta({ description: 'What proves it; `proof` is the same.' }),
  })
  .refine((input) => input.user_id != null || input.anonymous_id != null, {
    path: ['user_id'],
    message: 'Either user_id or anonymous_id is required.',
  });

export type ConsentInput = z.output<typeof consentSchema>;

/** Fields that are passed on as text. */
export const freeFormFields: ReadonlySet<string> = new Set(['properties', 'context', 'traits']);
