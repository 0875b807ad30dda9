import type { RawItem } from '../json/read-items.ts';
import { pathOf } from '../json/read-items.ts';
import type { Issue } from '../problem/problem.ts';
import { JsonText } from './json-text.ts';
import { freeFormFields } from './schemas.ts';

/** An event's fields by their own names, and what was wrong with the names. */
export interface ReadFields {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly issues: readonly Issue[];
}

/** Takes an item's members out of the body's text. Unknown names stay as they are, for the strict schema to refuse. */
export function readFields(text: string, item: RawItem, names: ReadonlyMap<string, string>): ReadFields {
  const fields: Record<string, unknown> = {};
  const issues: Issue[] = [];
  for (const { key, start, end } of item.members) {
    const field = names.get(key) ?? key;
    if (Object.hasOwn(fields, field)) {
      issues.push({ code: 'conflicting_fields', path: pathOf(key), message: 'The field is there twice.' });
      continue;
    }
    fields[field] = readValue(text, start, end, freeFormFields.has(field));
  }
  return { fields, issues };
}

const QUOTE = 0x22;
const NULL_START = 0x6e;

/** The scanner has checked the text, and that no key is `__proto__`. */
function readValue(text: string, start: number, end: number, isFreeForm: boolean): unknown {
  const first = text.charCodeAt(start);
  if (first === NULL_START) return null;
  const value = text.slice(start, end);
  if (isFreeForm) return new JsonText(value);
  if (first === QUOTE && !value.includes('\\')) return value.slice(1, -1);
  return JSON.parse(value);
}
