import { type KeyMeaning, meaningOf, type Scope, typeOfTokens } from './field-class.ts';
import { hasPlaceholder } from './placeholder.ts';
import { scanText } from './scan.ts';
import type { FieldContext, Finding, PiiType } from './types.ts';

/** What a place in a document means: its own name seen below the names above it. Immutable, shared, cheap to compare. */
export interface FieldPlace extends FieldContext {
  readonly meaning: KeyMeaning;
  /** What encloses this place, for the fields below it. */
  readonly scope: Scope;
  readonly children: Map<string, FieldPlace>;
  /** What is personal in the name itself. */
  readonly keyFindings: readonly Finding[];
  /** Shared by all places of one root. */
  readonly budget: PlaceBudget;
}

interface PlaceBudget {
  places: number;
  /** Some name found no place: it is time for a new root, or one sender of ever new names would slow down all others for good. */
  isSpent: boolean;
}

/** Bounds the memory of the name cache: past it, places are computed and not kept. */
const MAX_CHILDREN = 512;
const MAX_PLACES = 20_000;
const MAX_CACHED_NAME = 64;
/** Wrapper objects that say nothing themselves: below them the outer scope still counts. */
const NEUTRAL = new Set(
  'properties props attributes attrs details detail info data metadata meta payload body fields values params settings basic private'.split(
    ' ',
  ),
);

const ROOT_MEANING = meaningOf('');

export function rootPlace(): FieldPlace {
  return {
    hint: undefined,
    idLike: false,
    versionLike: false,
    meaning: ROOT_MEANING,
    scope: undefined,
    children: new Map(),
    keyFindings: [],
    budget: { places: 0, isSpent: false },
  };
}

/** Types that cover everything below them: `{birth: {year: 1990}}`, `{name: {first: …}}`. */
const INHERITED: ReadonlySet<PiiType> = new Set([
  'BIRTH_DATE',
  'PERSON_NAME',
  'PASSWORD',
  'CREDIT_CARD',
  'PASSPORT',
  'PHONE',
  'DRIVER_LICENSE',
  'NATIONAL_ID',
]);

function hintBelow(parent: FieldPlace, meaning: KeyMeaning): PiiType | undefined {
  if (meaning.bareName === 'strict') {
    if (parent.scope === 'person' || parent.hint === 'PERSON_NAME' || parent.scope === 'address')
      return 'PERSON_NAME';
  } else if (meaning.bareName === 'loose') {
    if (parent.scope !== 'thing') return 'PERSON_NAME';
  }
  if (
    meaning.hint === 'PERSON_NAME' &&
    parent.scope === 'thing' &&
    /^(?:display|nick)/.test(meaning.tokens.join(''))
  )
    return undefined;
  if (meaning.hint !== undefined) return meaning.hint;
  if (meaning.addressPart && parent.scope === 'address') return 'ADDRESS';
  if (!meaning.completes) return undefined;
  const last = parent.meaning.tokens.slice(-3);
  const together = typeOfTokens([...last, ...meaning.tokens]);
  if (together !== undefined && (together !== 'USERNAME' || meaning.bareName === undefined))
    return completed(parent, meaning, together);
  if (parent.hint !== undefined && INHERITED.has(parent.hint) && isPartOf(parent.hint, meaning))
    return parent.hint;
  return undefined;
}

/** `phone.id` or `card.id` name a record, not the number. */
function completed(parent: FieldPlace, meaning: KeyMeaning, type: PiiType): PiiType | undefined {
  const own = meaning.tokens.join('');
  if (
    (own === 'id' || own === 'code' || own === 'hash' || own === 'data') &&
    type !== 'NATIONAL_ID' &&
    type !== 'PASSPORT'
  )
    return undefined;
  if (own === 'id' && parent.hint === undefined) return type === 'NATIONAL_ID' ? type : undefined;
  return type;
}

function isPartOf(type: PiiType, meaning: KeyMeaning): boolean {
  const own = meaning.tokens.join('');
  if (type === 'BIRTH_DATE') return /^(?:date|year|month|day|value|text|raw|full)$/.test(own);
  if (type === 'PERSON_NAME')
    return /^(?:first|last|middle|given|family|full|maiden|value|text|raw|name|formatted)$/.test(own);
  return /^(?:number|no|nr|num|value|raw|text|full|formatted|local|e164|digits|plain|numero|nummer|pan|id|home|work|mobile|primary)$/.test(
    own,
  );
}

function scopeBelow(parent: FieldPlace, meaning: KeyMeaning): Scope {
  if (meaning.scope !== undefined) return meaning.scope;
  if (meaning.tokens.length === 0) return parent.scope;
  const last = meaning.tokens.at(-1) ?? '';
  return NEUTRAL.has(last) ? parent.scope : undefined;
}

/** Names that recur are cached; keys that carry data (addresses, numbers, ids) are not kept in memory. */
function isCacheable(name: string, findings: readonly Finding[]): boolean {
  return findings.length === 0 && name.length <= MAX_CACHED_NAME && !/\d{5}|@/.test(name);
}

/** The place of field `name` below `parent`; computed once per distinct path of names. */
export function placeBelow(parent: FieldPlace, name: string): FieldPlace {
  const known = parent.children.get(name);
  if (known !== undefined) return known;
  const keyFindings = scanText(name);
  const meaning = keyFindings.length > 0 || hasPlaceholder(name) ? ROOT_MEANING : meaningOf(name);
  const hint = hintBelow(parent, meaning);
  const place: FieldPlace = {
    hint,
    idLike: hint === undefined && meaning.idLike,
    versionLike: hint === undefined && (meaning.versionLike || parent.versionLike),
    meaning,
    nameLike:
      hint === undefined && (meaning.role || (meaning.bareName === 'strict' && parent.scope === 'address')),
    scope: scopeBelow(parent, meaning),
    children: new Map(),
    keyFindings,
    budget: parent.budget,
  };
  const { budget } = parent;
  if (!isCacheable(name, keyFindings)) return place;
  if (parent.children.size < MAX_CHILDREN && budget.places < MAX_PLACES) {
    budget.places++;
    parent.children.set(name, place);
  } else budget.isSpent = true;
  return place;
}
