import { findAssignments, findSpokenPasswords, findUserinfo, findUserOptions } from './assignments.ts';
import { findEmails, findSpelledEmails } from './email.ts';
import { encodedRuns } from './encoded.ts';
import { FindingList, resolveOverlaps } from './findings.ts';
import { fold } from './fold.ts';
import { findIbans } from './iban.ts';
import { findIpv4, findIpv6, findMacs } from './ip.ts';
import { findNumbers } from './numbers.ts';
import { isScrubbed, outsidePlaceholders } from './placeholder.ts';
import { isPlausible, looksLikeName } from './plausible.ts';
import * as pre from './prefilter.ts';
import {
  findAuthorization,
  findAwsSecrets,
  findPrivateKeys,
  findSecrets,
  findShapedSecrets,
} from './secrets.ts';
import { findTokens } from './tokens.ts';
import { type FieldContext, type Finding, NO_CONTEXT } from './types.ts';
import { findWallets } from './wallet.ts';

const NONE: readonly Finding[] = [];
/** Base64 inside base64 is followed this deep. */
const MAX_DECODE_DEPTH = 2;

/** A text with none of these holds nothing that any recognizer knows. */
export const INTERESTING =
  pre.HAS_AT |
  pre.HAS_DIGITS |
  pre.HAS_COLON |
  pre.HAS_LONG_RUN |
  pre.HAS_ASSIGN |
  pre.HAS_NON_ASCII |
  pre.HAS_ENCODED |
  pre.HAS_AT_WORDS |
  pre.HAS_SECRET_LETTERS |
  pre.HAS_DASHES |
  pre.HAS_DOTTED_HEX |
  pre.HAS_SLASH;

/** Recognizers of numbers, over plain text, each only when the prefilter saw what it needs. */
function recognizeNumbers(text: string, bits: number, context: FieldContext, found: FindingList): void {
  if (bits & pre.HAS_DIGITS) {
    findNumbers(text, context, found);
    findIbans(text, found);
    findTokens(text, context, found);
  }
  if (bits & pre.HAS_DOTTED) findIpv4(text, context, found);
  if (bits & pre.HAS_COLON) findIpv6(text, found);
  if (bits & (pre.HAS_COLON | pre.HAS_DASHES | pre.HAS_DOTTED_HEX)) findMacs(text, context, found);
}

const SLASH_AND_DIGIT = pre.HAS_SLASH | pre.HAS_ANY_DIGIT;

function recognizeSecrets(text: string, bits: number, context: FieldContext, found: FindingList): void {
  const broken = text.length >= 36 && (bits & SLASH_AND_DIGIT) === SLASH_AND_DIGIT;
  if (bits & pre.HAS_LONG_RUN || broken) {
    findSecrets(text, found);
    findShapedSecrets(text, found);
    findWallets(text, context, found);
  }
  if (text.length >= 40 && bits & (pre.HAS_LONG_RUN | pre.HAS_SLASH)) findAwsSecrets(text, found);
  if (bits & pre.HAS_SECRET_LETTERS) {
    findAuthorization(text, found);
    findSpokenPasswords(text, found);
  }
  if (bits & pre.HAS_SPACE && text.includes('-----BEGIN')) findPrivateKeys(text, found);
}

function recognize(text: string, bits: number, context: FieldContext, found: FindingList): void {
  if (bits & pre.HAS_AT) findEmails(text, found);
  if (bits & pre.HAS_AT_WORDS) findSpelledEmails(text, found);
  recognizeNumbers(text, bits, context, found);
  recognizeSecrets(text, bits, context, found);
}

function recognizeEncoded(
  text: string,
  bits: number,
  context: FieldContext,
  depth: number,
  found: FindingList,
): void {
  if ((bits & pre.HAS_LONG_RUN) === 0 || depth >= MAX_DECODE_DEPTH) return;
  for (const run of encodedRuns(text)) {
    const inner = scanDepth(run.decoded, { ...NO_CONTEXT, idLike: context.idLike }, depth + 1);
    const surest = inner.reduce<Finding | undefined>(
      (best, item) => (best === undefined || item.confidence > best.confidence ? item : best),
      undefined,
    );
    if (surest !== undefined) found.add(surest.type, run.start, run.end, surest.confidence);
  }
}

function scanDepth(text: string, context: FieldContext, depth: number): readonly Finding[] {
  const bits = pre.inspect(text);
  if ((bits & INTERESTING) === 0) return NONE;
  const found = new FindingList();
  if (bits & (pre.HAS_NON_ASCII | pre.HAS_ENCODED)) scanFolded(text, bits, context, depth, found);
  else recognize(text, bits, context, found);
  recognizeEncoded(text, bits, context, depth, found);
  if (bits & pre.HAS_ASSIGN || bits & pre.HAS_NON_ASCII) {
    findAssignments(text, context, found);
    if (text.includes('://')) findUserinfo(text, found);
    if (text.includes('-u')) findUserOptions(text, found);
  }
  if (found.size === 0) return NONE;
  const resolved = resolveOverlaps(found.items);
  return bits & pre.HAS_BRACKET ? outsidePlaceholders(text, resolved) : resolved;
}

/** Scans the text as a reader sees it and maps the spans back. */
function scanFolded(
  text: string,
  bits: number,
  context: FieldContext,
  depth: number,
  found: FindingList,
): void {
  const folded = fold(text);
  if (folded.map === undefined) {
    recognize(text, bits, context, found);
    return;
  }
  const inner = new FindingList();
  const innerBits = pre.inspect(folded.text);
  recognize(folded.text, innerBits, context, inner);
  recognizeEncoded(folded.text, innerBits, context, depth, inner);
  if (innerBits & pre.HAS_ASSIGN) findAssignments(folded.text, context, inner);
  for (const item of inner.items) {
    found.add(item.type, folded.map[item.start] ?? 0, folded.map[item.end] ?? text.length, item.confidence);
  }
}

/** Everything personal in `text`: sorted spans without overlaps. The field's own promise is in {@link scanField}. */
export function scanText(text: string, context: FieldContext = NO_CONTEXT): readonly Finding[] {
  if (text.length < 4 || pre.isUuid(text) || pre.isIsoTimestamp(text) || pre.isHexDigest(text)) return NONE;
  return scanDepth(text, context, 0);
}

/** {@link scanText}, and the whole value where the field's name promises something the value can be. */
export function scanField(text: string, context: FieldContext): readonly Finding[] {
  const { hint } = context;
  if (hint === undefined) {
    if (context.nameLike && looksLikeName(text))
      return [{ type: 'PERSON_NAME', start: 0, end: text.length, confidence: 0.6 }];
    return scanText(text, context);
  }
  if (isScrubbed(text)) return NONE;
  if (isPlausible(hint, fold(text).text)) return [wholeField(text, context, hint)];
  return scanText(text, context);
}

/** A value that is one pattern from end to end keeps that pattern's surer type. */
function wholeField(text: string, context: FieldContext, hint: NonNullable<FieldContext['hint']>): Finding {
  const inner = scanText(text, context);
  const only = inner.length === 1 ? inner[0] : undefined;
  const whole = only !== undefined && only.start === 0 && only.end === text.length && only.confidence >= 0.85;
  return { type: whole ? only.type : hint, start: 0, end: text.length, confidence: 0.9 };
}
