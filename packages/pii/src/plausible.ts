import { digitsOf } from './char-kinds.ts';
import { isHexDigest } from './prefilter.ts';
import type { PiiType } from './types.ts';

/** What forms and enumerations hold where a person's value might stand. */
const EMPTY_WORDS = new Set(
  `true false yes no null none nil n/a na unknown undefined anonymous guest empty missing optional required valid invalid pending
   verified unverified changed updated removed deleted redacted masked hidden default other test on off ok active inactive enabled
   disabled home work mobile cell main primary secondary billing shipping residential commercial business office personal private
   public strong weak medium good fair poor expired present absent set unset success failed failure error accepted rejected declined
   given provided basic bearer oauth oauth2 saml sso google facebook apple github email phone sms password username name address
   string number text object array password_reset reset forgot forgotten sales support marketing daily weekly monthly never always
   left right top bottom credit debit prepaid visa mastercard amex discover paypal landline ipv4 ipv6 localhost loading optional
   passkey webauthn magic_link magiclink submitted skipped blank filled focus blur too_short short long hashed encrypted plaintext -`.split(
    /\s+/,
  ),
);

/** Of those, the ones that are nobody's surname (Long, Good, Strong and Home are). */
const EMPTY_NAMES = new Set(
  'true false null none nil n/a na unknown undefined anonymous guest empty missing optional required valid invalid pending redacted masked hidden string test submitted filled default root main -'.split(
    ' ',
  ),
);

function isEmptyWord(type: PiiType, value: string): boolean {
  return (type === 'PERSON_NAME' ? EMPTY_NAMES : EMPTY_WORDS).has(value.trim().toLowerCase());
}

/** Only punctuation or masking characters. */
function isMasked(value: string): boolean {
  return (
    /^[\s*•.xX#_?-]*$/.test(value) || /^(?:\*|•|x|X|#){3,}[\s\S]{0,4}$/.test(value.replace(/[\s-]/g, ''))
  );
}

/** `${TOKEN}`, `<your key>`, `{{secret}}`, `YOUR_API_KEY`: documentation, not data. */
function isTemplate(value: string): boolean {
  return /^(?:\$\{?\w+\}?|<[^<>]{1,60}>|\{\{[^{}]{1,60}\}\}|%\w+%|process\.env\.\w+|your[_ -]\w+|changeme|example|placeholder)$/i.test(
    value.trim(),
  );
}

function lengthBetween(value: string, low: number, high: number): boolean {
  return value.length >= low && value.length <= high;
}

function digitCount(value: string): number {
  return digitsOf(value).length;
}

/** Lower-case words joined by punctuation (`ctrl+shift+p`, `settings.theme`), a URL or a path: no secret. */
function looksLikeSecret(value: string): boolean {
  const text = value.trim();
  if (text.length < 8 || (/^[a-z]+:\/\//i.test(text) && !/[?#@]/.test(text))) return false;
  if (/\s/.test(text)) return /\d/.test(text) && text.length >= 16;
  if (/^(?:[a-z]+|[A-Z]+|[A-Z][a-z]+)(?:[._/+:-]+(?:[a-z]+|[A-Z]+|[A-Z][a-z]+|\d{1,3}))*$/.test(text))
    return false;
  if (/^v?\d+(?:\.\d+)+$/.test(text) || /^\d{4}-\d\d-\d\d/.test(text)) return false;
  if (/^\d+$/.test(text)) return text.length >= 15;
  return /\d/.test(text) || /[a-z][A-Z]|[A-Z]{2}[a-z]/.test(text);
}

const DOCUMENT_TYPES: ReadonlySet<PiiType> = new Set<PiiType>([
  'NATIONAL_ID',
  'PASSPORT',
  'DRIVER_LICENSE',
  'BANK_ACCOUNT',
  'IBAN',
]);

function isDocument(value: string): boolean {
  return lengthBetween(value, 4, 48) && digitCount(value) >= 4 && !/^[a-z]+[-_ ][a-z]+/.test(value);
}

function isPersonName(value: string): boolean {
  if (!/\p{L}/u.test(value) || value.length > 120 || /^[a-z]+:\/\//i.test(value)) return false;
  return !/^[a-z0-9]+(?:[_.][a-z0-9]+)+$/.test(value) || value.length <= 2;
}

const WORDS_OF_A_NAME =
  /^\p{Lu}[\p{L}\p{M}'’.-]{0,30}(?: (?:(?:van|von|de|der|den|da|di|la|el|al|bin|ibn|y|e) ){0,2}\p{Lu}[\p{L}\p{M}'’.-]{0,30}){1,3}$/u;
const UNCASED_NAME = /^[\p{Lo}\p{M}]{2,12}(?:[ ・][\p{Lo}\p{M}]{1,12}){0,2}$/u;

/** Two to four capitalised words, or a short name in a script without case. */
export function looksLikeName(value: string): boolean {
  return value.length <= 80 && (WORDS_OF_A_NAME.test(value) || UNCASED_NAME.test(value));
}

function isAddress(value: string): boolean {
  if (!/[\p{L}\p{N}]/u.test(value) || value.length > 400) return false;
  return !/^[a-z]+:\/\//i.test(value) && !/^[a-z]+(?:_[a-z]+)*$/.test(value);
}

/** Whether a value can be what its field's name promises. */
export function isPlausible(type: PiiType, value: string): boolean {
  if (value.trim() === '' || isEmptyWord(type, value) || isMasked(value)) return false;
  if (DOCUMENT_TYPES.has(type)) return isDocument(value);
  switch (type) {
    case 'PERSON_NAME':
      return isPersonName(value);
    case 'ADDRESS':
      return isAddress(value);
    case 'USERNAME':
      return lengthBetween(value, 2, 80) && !/\s.*\s/.test(value);
    case 'POSTAL_CODE':
      return lengthBetween(value, 3, 12) && digitCount(value) >= 2;
    case 'BIRTH_DATE':
      return lengthBetween(value, 4, 40) && digitCount(value) >= 3;
    case 'PHONE':
      return lengthBetween(value, 4, 40) && digitCount(value) >= 4 && !/[A-Za-z]{8}/.test(value);
    case 'EMAIL':
      return value.includes('@') || value.includes('＠') || /(?:\bat\b|%40).*(?:\bdot\b|\.)/i.test(value);
    case 'CREDIT_CARD':
      return lengthBetween(value, 8, 40) && digitCount(value) >= 8;
    case 'CARD_SECURITY_CODE':
      return /^\s*\d{3,4}\s*$/.test(value);
    case 'IP_ADDRESS':
      return (
        lengthBetween(value, 3, 200) &&
        /[0-9a-f]/i.test(value) &&
        /[.:]/.test(value) &&
        /\d/.test(value) &&
        !isLoopback(value)
      );
    case 'MAC_ADDRESS':
      return value.replace(/[^0-9A-Fa-f]/g, '').length >= 12 && value.length < 40;
    case 'CRYPTO_WALLET':
      return lengthBetween(value, 20, 140) && !/\s/.test(value);
    case 'PASSWORD':
      return value.length <= 256 && !isTemplate(value);
    default:
      return value.length <= 8192 && !isTemplate(value) && looksLikeSecret(value);
  }
}

function isLoopback(value: string): boolean {
  return /^(?:127\.\d+\.\d+\.\d+|0\.0\.0\.0|::1?|255\.255\.255\.255)$/.test(value.trim());
}

/** Digests stay: a hash under an ambiguous name is no secret. */
export function isDigest(value: string): boolean {
  return isHexDigest(value) || /^(?:md5|sha1|sha256|sha384|sha512)[:-]/i.test(value);
}
