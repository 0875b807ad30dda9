import { isCardNumber } from './card.ts';
import type { FieldPlace } from './field-context.ts';
import { countMembers, parseJson, rawNumber, stringifyJson } from './json-text.ts';
import { isPlausible } from './plausible.ts';
import type { FieldRule, PiiAction, PiiPolicy } from './policy.ts';
import { scanField, scanText } from './scan.ts';
import { replacement } from './transform.ts';
import { DROP, type TreeVisitor, transformTree } from './tree.ts';
import type { FieldContext, Finding, PiiType } from './types.ts';

/** How often a type was found at a path. Never a value. */
export interface PathFinding {
  readonly path: string;
  readonly type: PiiType;
  readonly count: number;
}

/** What a pass asks of the compiled policy. */
export interface CompiledPolicy {
  readonly policy: PiiPolicy;
  readonly key: string | Uint8Array | undefined;
  readonly hasRules: boolean;
  /** Some rule takes a field for personal whatever it holds; all others say only what is done with what is found. */
  readonly treatsFields: boolean;
  actionFor(type: PiiType): PiiAction;
  ruleFor(path: readonly string[]): FieldRule | undefined;
  contextOf(place: FieldPlace): FieldContext;
}

const NO_FINDINGS: readonly PathFinding[] = [];
/** JSON inside strings inside JSON is followed this deep, then read as text. */
const MAX_NESTED_DOCUMENTS = 6;
/** A replacement may bring its neighbours together; this many passes settle any text. */
const MAX_PASSES = 4;
const NUMERIC_HINTS: ReadonlySet<PiiType> = new Set<PiiType>([
  'PHONE',
  'CREDIT_CARD',
  'CARD_SECURITY_CODE',
  'BANK_ACCOUNT',
  'NATIONAL_ID',
  'PASSPORT',
  'DRIVER_LICENSE',
  'BIRTH_DATE',
  'PASSWORD',
]);

/** A hostile document has a path per finding; the rest are told as one. */
const MAX_PATHS = 1_000;
const OTHER_PATHS = '…';
/** Of a name in a told path, at most so much. */
const MAX_NAME_CHARS = 128;

const pathText = (names: readonly string[]): string =>
  names.map((n) => (n.length > MAX_NAME_CHARS ? `${n.slice(0, MAX_NAME_CHARS)}…` : n)).join('.');

export class FindingCounts {
  private readonly counts = new Map<
    string,
    { readonly path: string; readonly type: PiiType; count: number }
  >();

  add(path: string, type: PiiType): void {
    const known = this.counts.get(`${type} ${path}`);
    if (known !== undefined) known.count++;
    else if (this.counts.size < MAX_PATHS || path === OTHER_PATHS)
      this.counts.set(`${type} ${path}`, { path, type, count: 1 });
    else this.add(OTHER_PATHS, type);
  }

  list(): readonly PathFinding[] {
    return this.counts.size === 0 ? NO_FINDINGS : [...this.counts.values()];
  }
}

/** One document (or one document inside a string of another). */
export class DocumentPass implements TreeVisitor {
  private readonly engine: CompiledPolicy;
  private readonly counts: FindingCounts;
  private readonly prefix: readonly string[];
  private readonly depth: number;
  memberCount = 0;

  constructor(engine: CompiledPolicy, counts: FindingCounts, prefix: readonly string[], depth: number) {
    this.engine = engine;
    this.counts = counts;
    this.prefix = prefix;
    this.depth = depth;
  }

  members(count: number): void {
    this.memberCount += count;
  }

  key(name: string, place: FieldPlace, path: () => string[]): string {
    const rule = this.ruleAt(path);
    let current = name;
    let findings = place.keyFindings;
    for (let pass = 0; pass < MAX_PASSES && findings.length > 0; pass++) {
      const next = this.replaceFindings(current, findings, rule, path);
      if (next === DROP) return '[REMOVED]';
      if (next === current) break;
      current = next;
      findings = scanText(current);
    }
    return current;
  }

  leaf(value: unknown, place: FieldPlace, path: () => string[]): unknown {
    if (typeof value === 'string') return this.text(value, place, path);
    if (typeof value === 'number') return this.number(value, String(value), place, path);
    const raw = rawNumber(value);
    return raw === undefined ? value : this.number(value, raw, place, path);
  }

  private fullPath(path: () => string[]): string[] {
    return this.prefix.length === 0 ? path() : [...this.prefix, ...path()];
  }

  private ruleAt(path: () => string[]): FieldRule | undefined {
    return this.engine.hasRules ? this.engine.ruleFor(this.fullPath(path)) : undefined;
  }

  private text(value: string, place: FieldPlace, path: () => string[]): string | typeof DROP {
    const rule = this.ruleAt(path);
    if (rule?.treatAs !== undefined && value !== '') {
      return this.replaceFindings(value, wholeOf(value, rule.treatAs), rule, path);
    }
    if (rule?.action === 'allow') return value;
    const document = this.depth < MAX_NESTED_DOCUMENTS ? nestedDocument(value) : undefined;
    if (document !== undefined) return this.nested(value, document, place, path);
    const context = this.engine.contextOf(place);
    let current = value;
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      const findings = scanField(current, context);
      if (findings.length === 0) return current;
      const next = this.replaceFindings(current, findings, rule, path);
      if (next === DROP || next === current) return next;
      current = next;
    }
    return current;
  }

  private nested(value: string, document: unknown, place: FieldPlace, path: () => string[]): string {
    const inner = new DocumentPass(this.engine, this.counts, this.fullPath(path), this.depth + 1);
    const result = transformTree(document, place, inner);
    if (result === DROP) return '""';
    if (result === document && inner.memberCount >= countMembers(value)) return value;
    return stringifyJson(result);
  }

  private number(value: unknown, digits: string, place: FieldPlace, path: () => string[]): unknown {
    const rule = this.ruleAt(path);
    if (rule?.treatAs !== undefined)
      return this.replaceFindings(digits, wholeOf(digits, rule.treatAs), rule, path);
    if (rule?.action === 'allow') return value;
    const type = numericType(digits, place);
    if (type === undefined) return value;
    const result = this.replaceFindings(digits, wholeOf(digits, type), rule, path);
    return result === digits ? value : result;
  }

  /** The text with each finding replaced as the policy says; the same text when nothing applies. */
  private replaceFindings(
    text: string,
    findings: readonly Finding[],
    rule: FieldRule | undefined,
    path: () => string[],
  ): string | typeof DROP {
    let result = '';
    let from = 0;
    for (const finding of findings) {
      const action = rule?.action ?? this.engine.actionFor(finding.type);
      if (action === 'allow' || finding.confidence < this.engine.policy.minConfidence) continue;
      this.counts.add(pathText(this.fullPath(path)), finding.type);
      if (action === 'drop') return DROP;
      const found = text.slice(finding.start, finding.end);
      result += text.slice(from, finding.start) + replacement(action, finding.type, found, this.engine.key);
      from = finding.end;
    }
    return from === 0 ? text : result + text.slice(from);
  }
}

function wholeOf(text: string, type: PiiType): Finding[] {
  return [{ type, start: 0, end: text.length, confidence: 1 }];
}

/** A JSON object, array or quoted text that fills a string, but for white space around it. */
function nestedDocument(text: string): unknown {
  let start = 0;
  let end = text.length - 1;
  while (start < end && isJsonSpace(text.charCodeAt(start))) start++;
  while (end > start && isJsonSpace(text.charCodeAt(end))) end--;
  if (CLOSING.get(text.charCodeAt(start)) !== text.charCodeAt(end)) return undefined;
  try {
    const parsed = parseJson(text);
    return typeof parsed === 'object' || typeof parsed === 'string' ? (parsed ?? undefined) : undefined;
  } catch {
    // Not JSON after all: the caller reads it as text.
    return undefined;
  }
}

/** What opens a JSON object, array or text, and what closes it. */
const CLOSING: ReadonlyMap<number, number> = new Map([
  [123, 125],
  [91, 93],
  [34, 34],
]);

const isJsonSpace = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9;

function numericType(digits: string, place: FieldPlace): PiiType | undefined {
  const { hint } = place;
  if (hint !== undefined && NUMERIC_HINTS.has(hint)) return isPlausible(hint, digits) ? hint : undefined;
  if (hint === 'ADDRESS' && /number|no|nr|nummer|numero|apt|unit/.test(place.meaning.tokens.at(-1) ?? ''))
    return hint;
  if (digits.length >= 14 && !place.idLike && /^\d+$/.test(digits) && isCardNumber(digits))
    return 'CREDIT_CARD';
  return undefined;
}
