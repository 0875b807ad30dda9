import { VALUE } from './item-reader.ts';

/** What a field's value must be to be plain; the schemas in `event/schemas.ts` say the same, and a test holds them together. */
export type FieldRule =
  | { readonly as: 'text'; readonly min: number; readonly max: number; readonly isName: boolean }
  | { readonly as: 'number'; readonly min: number; readonly max: number; readonly isInteger: boolean }
  | { readonly as: 'uuid' | 'time' | 'currency' | 'boolean' | 'object' }
  /** Never plain where it is there: rare, and the careful reader's. */
  | { readonly as: 'careful' };

const name: FieldRule = { as: 'text', min: 1, max: 255, isName: true };
const text = (min: number, max: number): FieldRule => ({ as: 'text', min, max, isName: false });
const number = (min: number, max: number): FieldRule => ({ as: 'number', min, max, isInteger: false });
const integer = (min: number, max: number): FieldRule => ({ as: 'number', min, max, isInteger: true });
const count = integer(0, 1e12);
const object: FieldRule = { as: 'object' };

/** By field. A field that is missing here is never plain. */
export const fieldRules: Readonly<Record<string, FieldRule>> = {
  event_id: { as: 'uuid' },
  message_id: name,
  user_id: name,
  anonymous_id: name,
  session_id: name,
  event_time: { as: 'time' },
  sent_at: { as: 'time' },
  properties: object,
  context: object,
  traits: object,
  event_name: name,
  page_url: text(1, 8_192),
  page_title: text(0, 2_048),
  page_referrer: text(0, 8_192),
  funnel_name: name,
  step_name: name,
  step_order: integer(1, 1_000),
  conversion_type: name,
  conversion_value: number(-1e15, 1e15),
  currency: { as: 'currency' },
  feature: name,
  engagement_action: name,
  engagement_duration_ms: number(0, 1e12),
  model_name: name,
  model_version: name,
  provider: name,
  operation: name,
  input_tokens: count,
  output_tokens: count,
  cached_tokens: count,
  total_tokens: count,
  latency_ms: number(0, 1e12),
  time_to_first_token_ms: number(0, 1e12),
  success: { as: 'boolean' },
  error_type: name,
  confidence_score: number(0, 1),
  cost_estimate: number(0, 1e9),
  service_tier: name,
  region: name,
  experiment_id: name,
  variant: name,
  feedback_score: number(-1, 1),
};

const DELETE = 0x7f;
const QUOTES = 2;

/** Whether the text between two places, its quotes included, may stand under the rule. Bytes are never fewer than characters. */
export function isPlainText(
  rule: Extract<FieldRule, { as: 'text' }>,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const length = end - start - QUOTES;
  if (length < rule.min || length > rule.max) return false;
  if (rule.isName) for (let at = start + 1; at < end; at++) if (bytes[at] === DELETE) return false;
  return true;
}

const UUID_CHARS = 36;
const HYPHEN = 0x2d;

/** A UUID in quotes, in any case. The nil and the max UUID, and what begins like them, are not plain. */
export function isPlainUuid(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== UUID_CHARS + QUOTES) return false;
  const from = start + 1;
  const first = (bytes[from] ?? 0) | 0x20;
  let isUniform = first === 0x30 || first === 0x66;
  for (let i = 0; i < UUID_CHARS; i++) {
    const c = bytes[from + i] ?? 0;
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (c !== HYPHEN) return false;
      continue;
    }
    if (IS_HEX[c] !== 1) return false;
    if (i < 8 && (c | 0x20) !== first) isUniform = false;
  }
  return !isUniform;
}

const IS_HEX = new Uint8Array(256);
for (const c of '0123456789abcdefABCDEF') IS_HEX[c.charCodeAt(0)] = 1;

/** Three letters in quotes. */
export function isPlainCurrency(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 3 + QUOTES) return false;
  for (let at = start + 1; at < end - 1; at++) {
    const lower = (bytes[at] ?? 0) | 0x20;
    if (lower < 0x61 || lower > 0x7a) return false;
  }
  return true;
}

/** The kinds of value that a rule takes at all. */
export const valueKinds: Readonly<Record<FieldRule['as'], readonly number[]>> = {
  text: [VALUE.text],
  uuid: [VALUE.text],
  currency: [VALUE.text],
  time: [VALUE.text, VALUE.number],
  number: [VALUE.number],
  boolean: [VALUE.other],
  object: [VALUE.object],
  careful: [],
};
