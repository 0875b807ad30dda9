import { type FieldLook, lookAt } from './byte-look.ts';
import { isClean } from './clean-check.ts';
import { type CompiledPolicy, DocumentPass, FindingCounts, type PathFinding } from './document-pass.ts';
import { PiiError } from './errors.ts';
import { type FieldPlace, placeBelow, rootPlace } from './field-context.ts';
import { countMembers, parseJson, stringifyJson } from './json-text.ts';
import { matchesPath, type PathPattern, parsePathPattern } from './path-pattern.ts';
import { type FieldRule, type PiiAction, type PiiPolicy, usesPseudonyms } from './policy.ts';
import { DROP, transformTree } from './tree.ts';
import type { FieldContext, PiiType } from './types.ts';

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
  /** A look at the bytes of a typed record's field; to be kept and asked for each record. */
  lookAt(path: string): FieldLook;
}

interface CompiledRule {
  readonly pattern: PathPattern;
  readonly rule: FieldRule;
}

interface PathPlace {
  readonly place: FieldPlace;
  readonly names: readonly string[];
}

/** Paths are names of a record's fields, which a program has few of. */
const MAX_PATHS = 1_000;
const NO_FINDINGS: readonly PathFinding[] = [];

class PolicyScrubber implements Scrubber, CompiledPolicy {
  readonly policy: PiiPolicy;
  readonly key: string | Uint8Array | undefined;
  readonly hasRules: boolean;
  readonly treatsFields: boolean;
  private readonly rules: readonly CompiledRule[];
  private root = rootPlace();
  private readonly paths = new Map<string, PathPlace>();

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
    this.treatsFields = policy.fields.some(({ treatAs }) => treatAs !== undefined);
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

  /** Names are learned anew once there is no room for more of them. */
  private rootNow(): FieldPlace {
    if (this.root.budget.isSpent) {
      this.root = rootPlace();
      this.paths.clear();
    }
    return this.root;
  }

  private placeAt(path: string): PathPlace {
    let place = this.rootNow();
    const known = this.paths.get(path);
    if (known !== undefined) return known;
    const names = path === '' ? [] : path.split('.');
    for (const name of names) place = placeBelow(place, name);
    const found = { place, names };
    if (this.paths.size < MAX_PATHS) this.paths.set(path, found);
    return found;
  }

  scrubValue<T>(value: T, options: { readonly path?: string } = {}): ScrubResult<T> {
    const { place, names } = this.placeAt(options.path ?? '');
    if (isClean(this, value, place)) return { value, changed: false, findings: NO_FINDINGS };
    const counts = new FindingCounts();
    const result = transformTree(value, place, new DocumentPass(this, counts, names, 0));
    if (Object.is(result, value)) return { value, changed: false, findings: counts.list() };
    return { value: (result === DROP ? null : result) as T, changed: true, findings: counts.list() };
  }

  scrubString(value: string, options: { readonly path?: string } = {}): ScrubResult<string | null> {
    return this.scrubValue<string | null>(value, options);
  }

  lookAt(path: string): FieldLook {
    return lookAt(this, () => this.placeAt(path).place);
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
    const pass = new DocumentPass(this, counts, [], 0);
    const result = transformTree(document, this.rootNow(), pass);
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
