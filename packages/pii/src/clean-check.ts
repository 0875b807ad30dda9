import type { CompiledPolicy } from './document-pass.ts';
import { type FieldPlace, placeBelow } from './field-context.ts';
import { countMembers, parseJson } from './json-text.ts';
import { scanField } from './scan.ts';
import { holdsPair } from './tree.ts';

/**
 * Whether a value can be told to be clean without making anything. Most values can, and cost a look at each character and nothing
 * else. `false` says only that it has to be walked with care: what is wrong, if anything, is for the document pass.
 */
export function isClean(engine: CompiledPolicy, value: unknown, place: FieldPlace): boolean {
  return !engine.treatsFields && cleanMembers(engine, value, place, 0) >= 0;
}

/** Deeper ones are rare, and walked without recursion. */
export const MAX_DEPTH = 8;
/** From here on a number can have a card's digits. */
const LONG_NUMBER = 1e13;
const UNSURE = -1;

/** The members of all objects in a clean value; UNSURE where it has to be walked. */
function cleanMembers(engine: CompiledPolicy, value: unknown, place: FieldPlace, depth: number): number {
  if (typeof value === 'string') return isCleanText(engine, value, place, depth) ? 0 : UNSURE;
  if (typeof value === 'number')
    return place.hint === undefined && Math.abs(value) < LONG_NUMBER ? 0 : UNSURE;
  if (value === null || value === undefined || typeof value === 'boolean') return 0;
  if (depth >= MAX_DEPTH || typeof value !== 'object') return UNSURE;
  if (Array.isArray(value)) return cleanItems(engine, value, place, depth);
  return Object.getPrototypeOf(value) === Object.prototype
    ? cleanFields(engine, value as Record<string, unknown>, place, depth)
    : UNSURE;
}

function cleanItems(
  engine: CompiledPolicy,
  items: readonly unknown[],
  place: FieldPlace,
  depth: number,
): number {
  let members = 0;
  for (const item of items) {
    const inner = cleanMembers(engine, item, place, depth + 1);
    if (inner < 0) return UNSURE;
    members += inner;
  }
  return members;
}

function cleanFields(
  engine: CompiledPolicy,
  fields: Record<string, unknown>,
  place: FieldPlace,
  depth: number,
): number {
  let members = 0;
  for (const name in fields) {
    // What a name says of the value beside it is for the walk; so is a name that is personal itself.
    if (holdsPair(name)) return UNSURE;
    const below = placeBelow(place, name);
    if (below.keyFindings.length > 0) return UNSURE;
    const inner = cleanMembers(engine, fields[name], below, depth + 1);
    if (inner < 0) return UNSURE;
    members += 1 + inner;
  }
  return members;
}

const QUOTE = 34;
const BRACKET = 91;
const BRACE = 123;
const CLOSING_BRACE = 125;

export function isCleanText(engine: CompiledPolicy, text: string, place: FieldPlace, depth: number): boolean {
  const first = text.charCodeAt(0);
  if (first === BRACE)
    return text.charCodeAt(text.length - 1) === CLOSING_BRACE && isCleanJson(engine, text, place, depth);
  if (first === BRACKET || first === QUOTE || first <= 32) return false;
  return scanField(text, engine.contextOf(place)).length === 0;
}

/** More members written than read: a name stands twice, and only its last value was seen. */
function isCleanJson(engine: CompiledPolicy, text: string, place: FieldPlace, depth: number): boolean {
  let document: unknown;
  try {
    document = parseJson(text);
  } catch {
    // Not JSON after all: the document pass reads it as text.
    return false;
  }
  const members = cleanMembers(engine, document, place, depth + 1);
  return members >= 0 && members >= countMembers(text);
}
