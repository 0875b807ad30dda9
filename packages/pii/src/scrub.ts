import { isCardNumber } from './card.ts';
import { PiiError } from './errors.ts';
import { type FieldPlace, placeBelow, rootPlace } from './field-context.ts';
import { countMembers, parseJson, rawNumber, stringifyJson } from './json-text.ts';
import { matchesPath, type PathPattern, parsePathPattern } from './path-pattern.ts';
import { isPlausible } from './plausible.ts';
import { type FieldRule, type PiiAction, type PiiPolicy, usesPseudonyms } from './policy.ts';
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

export interface ScrubResult<T> {
  /** The very same reference as the input when `changed` is false. */
  readonly value: T;
  readonly changed: boolean;
  readonly findings: readonly PathFinding[];
}

export interface ScrubOptions {
  /** Needed when the policy makes pseudonyms; keep it secret and stable. */
  readonly pseudonymKey?: string | Uint8Array;
}

export interface Scrubber {
  /** Any JSON value, or a record of JSON values, at any depth. */
  scrubValue<T>(value: T, options?: { readonly path?: string }): ScrubResult<T>;
  /** One string of a typed record; `path` names its field. `value` is null when the policy drops the field. */
  scrubString(value: string, options?: { readonly path?: string }): ScrubResult<string | null>;
  /** One line of JSON; throws PiiError PII_LINE_NOT_JSON. */
  scrubJsonLine(line: string): ScrubResult<string>;
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

interface CompiledRule {
  readonly pattern: PathPattern;
  readonly rule: FieldRule;
}

class FindingCounts {
  private readonly counts = new Map<
    string,
    { readonly path: string; readonly type: PiiType; count: number }
  >();

  add(path: string, type: PiiType): void {
    const key = `${type} ${path}`;
    const known = this.counts.get(key);
    if (known === undefined) this.counts.set(key, { path, type, count: 1 });
    else known.count++;
  }

  list(): readonly PathFinding[] {
    return this.counts.size === 0 ? NO_FINDINGS : [...this.counts.values()];
  }
}

/** One document (or one document inside a string of another). */
class Pass implements TreeVisitor {
  private readonly engine: PolicyScrubber;
  private readonly counts: FindingCounts;
  private readonly prefix: readonly string[];
  private readonly depth: number;
  memberCount = 0;

  constructor(engine: PolicyScrubber, counts: FindingCounts, prefix: readonly string[], depth: number) {
    this.engine = engine;
    this.counts = counts;
    this.prefix = prefix;
    this.depth = depth;
  }

  members(count: number): void {
    this.memberCount += count;
  }

  key(name: string, place: FieldPlace, path: () => string[]): string {
    const names = [...this.prefix, ...path()];
    const rule = this.engine.ruleFor(names);
    let current = name;
    let findings = place.keyFindings;
    for (let pass = 0; pass < MAX_PASSES && findings.length > 0; pass++) {
      const next = this.replaceFindings(current, findings, rule, () => names);
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
    const inner = new Pass(this.engine, this.counts, this.fullPath(path), this.depth + 1);
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
      this.counts.add(this.fullPath(path).join('.'), finding.type);
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

/** A JSON object, array or quoted text that fills a string. */
function nestedDocument(text: string): unknown {
  const first = text.charCodeAt(0);
  const last = text.charCodeAt(text.length - 1);
  const container =
    (first === 123 && last === 125) || (first === 91 && last === 93) || (first === 34 && last === 34);
  const spaced = (first === 32 || first === 10) && /^\s*[[{]/.test(text.slice(0, 64));
  if (!(container || spaced) || text.length < 4) return undefined;
  try {
    const parsed = parseJson(text);
    return typeof parsed === 'object' || typeof parsed === 'string' ? (parsed ?? undefined) : undefined;
  } catch {
    // Not JSON after all: the caller reads it as text.
    return undefined;
  }
}

function numericType(digits: string, place: FieldPlace): PiiType | undefined {
  const { hint } = place;
  if (hint !== undefined && NUMERIC_HINTS.has(hint)) return isPlausible(hint, digits) ? hint : undefined;
  if (hint === 'ADDRESS' && /number|no|nr|nummer|numero|apt|unit/.test(place.meaning.tokens.at(-1) ?? ''))
    return hint;
  if (digits.length >= 13 && !place.idLike && /^\d+$/.test(digits) && isCardNumber(digits))
    return 'CREDIT_CARD';
  return undefined;
}

class PolicyScrubber implements Scrubber {
  readonly policy: PiiPolicy;
  readonly key: string | Uint8Array | undefined;
  readonly hasRules: boolean;
  private readonly rules: readonly CompiledRule[];
  private readonly root = rootPlace();

  constructor(policy: PiiPolicy, options: ScrubOptions) {
    if (usesPseudonyms(policy) && (options.pseudonymKey === undefined || options.pseudonymKey.length < 16)) {
      throw new PiiError(
        'PII_PSEUDONYM_KEY_MISSING',
        'The PII policy makes pseudonyms, so the scrubber needs a pseudonymKey of at least 16 bytes.',
      );
    }
    this.policy = policy;
    this.key = options.pseudonymKey;
    this.rules = policy.fields.map((rule) => ({ pattern: parsePathPattern(rule.path), rule }));
    this.hasRules = this.rules.length > 0;
  }

  actionFor(type: PiiType): PiiAction {
    return this.policy.types[type] ?? this.policy.defaultAction;
  }

  ruleFor(path: readonly string[]): FieldRule | undefined {
    return this.rules.find(({ pattern }) => matchesPath(pattern, path))?.rule;
  }

  /** A field whose promised type is allowed is only searched for the other types. */
  contextOf(place: FieldPlace): FieldContext {
    if (place.hint === undefined || this.actionFor(place.hint) !== 'allow') return place;
    return { hint: undefined, idLike: true, versionLike: false };
  }

  private placeAt(path: string | undefined): {
    readonly place: FieldPlace;
    readonly names: readonly string[];
  } {
    let place = this.root;
    const names = path === undefined || path === '' ? [] : path.split('.');
    for (const name of names) place = placeBelow(place, name);
    return { place, names };
  }

  scrubValue<T>(value: T, options: { readonly path?: string } = {}): ScrubResult<T> {
    const counts = new FindingCounts();
    const { place, names } = this.placeAt(options.path);
    const result = transformTree(value, place, new Pass(this, counts, names, 0));
    if (Object.is(result, value)) return { value, changed: false, findings: counts.list() };
    return { value: (result === DROP ? null : result) as T, changed: true, findings: counts.list() };
  }

  scrubString(value: string, options: { readonly path?: string } = {}): ScrubResult<string | null> {
    return this.scrubValue<string | null>(value, options);
  }

  scrubJsonLine(line: string): ScrubResult<string> {
    const counts = new FindingCounts();
    let document: unknown;
    try {
      document = parseJson(line);
    } catch {
      throw new PiiError(
        'PII_LINE_NOT_JSON',
        'The line is not JSON; each line must hold one complete JSON value.',
      );
    }
    const pass = new Pass(this, counts, [], 0);
    const result = transformTree(document, this.root, pass);
    const same = result === document && pass.memberCount >= countMembers(line);
    if (same) return { value: line, changed: false, findings: counts.list() };
    return { value: stringifyJson(result === DROP ? null : result), changed: true, findings: counts.list() };
  }
}

/** Compiles a policy once; the result keeps a bounded cache of field names and no data. */
export function createScrubber(policy: PiiPolicy, options: ScrubOptions = {}): Scrubber {
  return new PolicyScrubber(policy, options);
}

const scrubbers = new WeakMap<PiiPolicy, Scrubber>();

/** {@link createScrubber} for one call; policies without pseudonyms are compiled once. */
export function scrubValue<T>(value: T, policy: PiiPolicy, options: ScrubOptions = {}): ScrubResult<T> {
  return scrubberFor(policy, options).scrubValue(value);
}

/** One line of JSON to one scrubbed line. Throws PiiError PII_LINE_NOT_JSON. */
export function scrubJsonLine(line: string, policy: PiiPolicy, options: ScrubOptions = {}): string {
  return scrubberFor(policy, options).scrubJsonLine(line).value;
}

function scrubberFor(policy: PiiPolicy, options: ScrubOptions): Scrubber {
  if (options.pseudonymKey !== undefined) return createScrubber(policy, options);
  const known = scrubbers.get(policy);
  if (known !== undefined) return known;
  const scrubber = createScrubber(policy);
  scrubbers.set(policy, scrubber);
  return scrubber;
}
