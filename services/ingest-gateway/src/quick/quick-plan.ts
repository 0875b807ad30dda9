import { latestSchema, type RecordName } from '@fineprint/schemas';
import type { TopicName } from '@fineprint/topology';
import type { EventShape } from '../event/field-names.ts';
import { aiShapes, productShapes, type Shape } from '../event/shapes.ts';
import { type FieldRule, fieldRules } from './field-rules.ts';
import { createFieldTable, type FieldTable } from './field-table.ts';

/** How one field of the Avro record is written. */
export const STEP = {
  /** The same bytes for every event of the shape. */
  constant: 0,
  eventId: 1,
  eventTime: 2,
  clientTime: 3,
  flags: 4,
  source: 5,
  text: 6,
  optionalText: 7,
  /** An object's own text, `{}` without one. */
  object: 8,
  long: 9,
  /** A whole number, rounded. */
  optionalLong: 10,
  optionalDouble: 11,
  currency: 12,
  totalTokens: 13,
  success: 14,
} as const;

export interface Step {
  readonly op: number;
  /** Of the field it is made of; -1 for none. */
  readonly slot: number;
  readonly bytes: Uint8Array;
}

/** How events of one shape are read and written. */
export interface QuickPlan {
  readonly topic: TopicName;
  readonly table: FieldTable;
  /** By slot. */
  readonly rules: readonly FieldRule[];
  readonly required: readonly number[];
  readonly needsSubject: boolean;
  /** In the order of the record's fields. */
  readonly steps: readonly Step[];
  readonly slots: SlotNumbers;
}

/** Slots of the fields that mean something to the reader itself; -1 where the shape has none. */
export type SlotNumbers = Readonly<Record<(typeof KNOWN_FIELDS)[number], number>>;

const KNOWN_FIELDS = [
  ...(['event_id', 'message_id', 'user_id', 'anonymous_id', 'event_time', 'sent_at', 'kind'] as const),
  ...(['input_tokens', 'output_tokens', 'cached_tokens', 'total_tokens', 'success', 'error_type'] as const),
];

const NONE = new Uint8Array(0);
const CAREFUL: FieldRule = { as: 'careful' };
/** Of a union with null as its first branch. */
const NULL_BRANCH = Uint8Array.of(0);
const EMPTY_MAP = NULL_BRANCH;
const SECOND_BRANCH = 2;

interface AvroField {
  readonly name: string;
  readonly type: unknown;
}

export function planFor(shape: Shape): QuickPlan {
  const isAi = shape.name === 'ai_request';
  const record: RecordName = isAi ? 'AiRequest' : 'ProductEvent';
  const fields = Object.keys(shape.schema.shape);
  const slotOf = (field: string) => fields.indexOf(field);
  const names = new Map([...shape.names].map(([name, field]) => [name, slotOf(field)]));
  const { fields: avroFields } = latestSchema(record).schema as unknown as { fields: readonly AvroField[] };
  return {
    topic: isAi ? 'ai.requests.raw' : 'product.events.raw',
    table: createFieldTable(names),
    rules: fields.map((field) => fieldRules[field] ?? CAREFUL),
    required: fields.flatMap((f, slot) =>
      f !== 'kind' && !(shape.schema.shape[f]?.isOptional() ?? true) ? [slot] : [],
    ),
    needsSubject: shape.name === 'identify',
    steps: avroFields.map((field) => stepFor(field, shape.name, slotOf)),
    slots: Object.fromEntries(KNOWN_FIELDS.map((f) => [f, slotOf(f)])) as unknown as SlotNumbers,
  };
}

const step = (op: number, slot = -1, bytes: Uint8Array = NONE): Step => ({ op, slot, bytes });

const OWN_STEPS: Readonly<Record<string, number>> = {
  event_id: STEP.eventId,
  event_time: STEP.eventTime,
  client_event_time: STEP.clientTime,
  flags: STEP.flags,
  source: STEP.source,
};

function stepFor({ name, type }: AvroField, shape: EventShape, slotOf: (field: string) => number): Step {
  const own = OWN_STEPS[name];
  if (own !== undefined) return step(own);
  const slot = slotOf(name);
  if (name === 'kind') return step(STEP.constant, -1, enumBytes(type, shape));
  if (name === 'event_name' && slot < 0) return step(STEP.constant, -1, textBytes(shape));
  if (name === 'traits' && slot >= 0) return step(STEP.object, slot, Uint8Array.of(SECOND_BRANCH));
  if (name === 'total_tokens') return step(STEP.totalTokens);
  if (name === 'success') return step(STEP.success, slot);
  if (name === 'eval_scores') return step(STEP.constant, -1, EMPTY_MAP);
  if (name === 'currency' && slot >= 0) return step(STEP.currency, slot);
  if (slot < 0) return step(STEP.constant, -1, NULL_BRANCH);
  return step(opOf(name, type), slot);
}

const FREE_FORM = new Set(['properties', 'context']);

function opOf(name: string, type: unknown): number {
  if (FREE_FORM.has(name)) return STEP.object;
  switch (JSON.stringify(type)) {
    case '"string"':
      return STEP.text;
    case '["null","string"]':
      return STEP.optionalText;
    case '"long"':
      return STEP.long;
    case '["null","int"]':
    case '["null","long"]':
      return STEP.optionalLong;
    case '["null","double"]':
      return STEP.optionalDouble;
    default:
      throw new TypeError(`no step writes field ${name}`);
  }
}

/** The symbol's index as Avro writes it. */
function enumBytes(type: unknown, symbol: string): Uint8Array {
  const index = (type as { symbols: readonly string[] }).symbols.indexOf(symbol);
  if (index < 0 || index > 63) throw new TypeError(`no kind ${symbol}`);
  return Uint8Array.of(index * 2);
}

/** A short string as Avro writes it. */
const textBytes = (text: string): Uint8Array => Buffer.from(`${String.fromCharCode(text.length * 2)}${text}`);

/** Of the shapes that are read quickly; others are the careful reader's. */
export const quickPlans: ReadonlyMap<EventShape, QuickPlan> = new Map(
  [...Object.values(productShapes), aiShapes.ai_request].map((shape) => [shape.name, planFor(shape)]),
);
