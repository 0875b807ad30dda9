import { FIELD_NAME_INDEX } from './field-names.ts';
import {
  ADDRESS_PARTS,
  ADDRESS_WORDS,
  ID_WORDS,
  LOOSE_NAMES,
  PERSON_WORDS,
  STRICT_NAMES,
  TAIL_QUALIFIERS,
  THING_WORDS,
  VERSION_WORDS,
} from './field-scopes.ts';
import { tokenize } from './key-tokens.ts';
import type { PiiType } from './types.ts';

/** What an object says about the fields below it. */
export type Scope = 'person' | 'thing' | 'address' | undefined;

/** What one field name means on its own; the same for every occurrence, so it is computed once per name. */
export interface KeyMeaning {
  readonly tokens: readonly string[];
  readonly hint: PiiType | undefined;
  /** A name that is personal below a person ('strict'), or unless below a thing ('loose'). */
  readonly bareName: 'strict' | 'loose' | undefined;
  readonly addressPart: boolean;
  /** `number`, `date`, `first` …: means something only together with the name above it. */
  readonly completes: boolean;
  /** The name of a person's role, or of several names. */
  readonly role: boolean;
  readonly scope: Scope;
  readonly idLike: boolean;
  readonly versionLike: boolean;
}

/** Ambiguous abbreviations: personal only as the whole name, or after a person word. */
const WHOLE_ONLY = new Set(
  `pass pin pan cc tel cell mac mail sin fin dl nie nif rut nic cap psc cep plz rue wallet eth btc ph fax pas ani eid mbi chi ein
   cf rg nip nik taj ucet cuenta carte cartao gsm mobil mobile handy portable secret token cookie credential credentials bearer
   name birth born residence cim gata iela jalan duong via voie  secrets dni nir bsn sss gst ird tin otp  holder
   direccion titular posta ip  passi rua tarjeta cedula contribuinte utr uid mel  titulaire complemento 
   nickname recovery`.split(/\s+/),
);
/** Words before `token` that make it a position in a stream, not a secret. */
const HARMLESS_TOKEN = new Set(
  'page next prev previous sync continuation stop cancel eos bos pad start end first last max min'.split(' '),
);
/** Words before `address` that make it no place where a person lives. */
const HARMLESS_ADDRESS = new Set(
  'server host memory web website url contract bind listen http https smtp return base start end program token bus i2c register dns peer'.split(
    ' ',
  ),
);
/** Words before `key` that make it a secret; other keys are names of things. */
const SECRET_KEY_OWNERS = new Set(
  `api access secret private encryption signing service master admin auth license webhook account storage ssh pgp gpg app consumer
   client write ingest stripe sendgrid twilio mailgun mailchimp algolia google maps openai anthropic hf huggingface datadog
   newrelic sentry cohere adafruit airtable alibaba asana atlassian jira confluence bitbucket bittrex beamer cloudflare codecov
   coinbase confluent contentful discord droneci dropbox etsy facebook fastly finicity finnhub flickr freshbooks gitter gocardless
   heroku hubspot intercom jfrog artifactory kraken kucoin launchdarkly linear linkedin lob looker mapbox mattermost messagebird
   netlify nytimes okta plaid privateai rapidapi sendbird snyk sonar squarespace sumologic telegram travis twitch twitter typeform
   yandex zendesk sidekiq contribsys adobe cisco meraki travisci sumo amplitude mixpanel segment posthog rollbar bugsnag pagerduty aws azure gcp github gitlab slack shopify square paypal braintree firebase supabase groq mistral replicate
   perplexity deepseek x`.split(/\s+/),
);
const ROLES = new Set(
  `sender recipient recipients receiver customer client patient guest guests passenger passengers attendee attendees employee payee
   payer beneficiary buyer seller subscriber candidate applicant participant participants names signer signatory insured tenant
   empfanger absender destinataire expediteur destinatario remitente получатель отправитель 收件人 受取人`.split(
    /\s+/,
  ),
);
const COMPLETING = new Set(
  `number no nr num first last middle given family full date year month day value id code key token raw local e164 formatted text
   name maiden pan cvc cvv pin address line account security secret primary data hash plain digits home work mobile numero nummer`.split(
    /\s+/,
  ),
);
const NEGATING_FIRST = new Set(
  'is has had can should needs num count total allow show hide enable disable require requires'.split(' '),
);
const MAX_PHRASE = 5;
const MAX_TOKENS = 12;

function isNumber(token: string): boolean {
  return /^\p{Nd}+$/u.test(token);
}

/** The type that the phrase `tokens[start..end)` promises, given what stands before it. */
function phraseType(tokens: readonly string[], start: number, end: number): PiiType | undefined {
  const joined = tokens.slice(start, end).join('');
  const type = FIELD_NAME_INDEX.get(joined);
  if (type === undefined) return undefined;
  const before = tokens[start - 1];
  if (before === undefined) return type;
  if (WHOLE_ONLY.has(joined) && !PERSON_WORDS.has(before) && !isQualifiedSecret(joined, before))
    return undefined;
  if (type === 'ADDRESS' && HARMLESS_ADDRESS.has(before)) return undefined;
  if (LOOSE_NAMES.has(joined) && THING_WORDS.has(before)) return undefined;
  if (
    type === 'PERSON_NAME' &&
    start === 1 &&
    (joined === 'displayname' || joined === 'nickname') &&
    THING_WORDS.has(before)
  ) {
    return undefined;
  }
  return type;
}

/** `device token`, `client secret`, `tax id number`: the abbreviation after a word that keeps its meaning. */
function isQualifiedSecret(joined: string, before: string): boolean {
  if (joined === 'token') return !HARMLESS_TOKEN.has(before);
  if (joined === 'ip' || joined === 'fax' || joined === 'mobile' || joined === 'cell' || joined === 'tel')
    return true;
  if (joined === 'mail' || joined === 'wallet' || joined === 'mac') return true;
  if (joined === 'pin') return before === 'card' || before === 'atm' || before === 'security';
  return joined === 'secret' || joined === 'secrets' || joined === 'credential' || joined === 'credentials';
}

/** Longest phrase that ends at `end`. */
function phraseEndingAt(tokens: readonly string[], end: number): PiiType | undefined {
  for (let size = Math.min(MAX_PHRASE, end); size >= 1; size--) {
    const type = phraseType(tokens, end - size, end);
    if (type !== undefined) return type;
  }
  return undefined;
}

/** The type a list of tokens promises by its last words, or undefined. */
export function typeOfTokens(tokens: readonly string[]): PiiType | undefined {
  if (tokens.length === 0 || tokens.length > MAX_TOKENS) return undefined;
  if (tokens.length > 1 && NEGATING_FIRST.has(tokens[0] ?? '')) return undefined;
  let end = tokens.length;
  for (;;) {
    const type = phraseEndingAt(tokens, end) ?? nameAfterPerson(tokens, end) ?? keyAfterOwner(tokens, end);
    if (type !== undefined) return type;
    const last = tokens[end - 1] ?? '';
    if (end <= 1 || !(TAIL_QUALIFIERS.has(last) || isNumber(last))) return pluralType(tokens);
    end--;
  }
}

function pluralType(tokens: readonly string[]): PiiType | undefined {
  const last = tokens.at(-1) ?? '';
  if (!last.endsWith('s') || last.length < 4) return undefined;
  const singular = [...tokens.slice(0, -1), last.slice(0, -1)];
  return phraseEndingAt(singular, singular.length) ?? nameAfterPerson(singular, singular.length);
}

function nameAfterPerson(tokens: readonly string[], end: number): PiiType | undefined {
  const last = tokens[end - 1] ?? '';
  const before = tokens[end - 2];
  if (before === undefined || !(STRICT_NAMES.has(last) || LOOSE_NAMES.has(last))) return undefined;
  return PERSON_WORDS.has(before) ? 'PERSON_NAME' : undefined;
}

function keyAfterOwner(tokens: readonly string[], end: number): PiiType | undefined {
  if (tokens[end - 1] !== 'key' && tokens[end - 1] !== 'keys') return undefined;
  const before = tokens[end - 2];
  return before !== undefined && SECRET_KEY_OWNERS.has(before) ? 'API_KEY' : undefined;
}

/** Short and non-Latin names are compared whole, so that `ad` in `adId` says nothing. */
function bareNameOf(tokens: readonly string[]): KeyMeaning['bareName'] {
  const joined = tokens.join('');
  if (STRICT_NAMES.has(joined)) return 'strict';
  return LOOSE_NAMES.has(joined) && joined !== 'ad' && joined !== 'ten' ? 'loose' : undefined;
}

function scopeOf(tokens: readonly string[], hint: PiiType | undefined): Scope {
  const last = tokens.at(-1) ?? '';
  const joined = tokens.join('');
  if (hint === 'ADDRESS' || ADDRESS_WORDS.has(joined)) return 'address';
  if (PERSON_WORDS.has(last) || PERSON_WORDS.has(joined)) return 'person';
  if (THING_WORDS.has(last) || THING_WORDS.has(joined)) return 'thing';
  if (hint === 'PERSON_NAME') return 'person';
  const first = tokens[0] ?? '';
  return PERSON_WORDS.has(first) && tokens.length > 1 ? 'person' : undefined;
}

export function meaningOf(name: string): KeyMeaning {
  const tokens = name.length > 128 ? [] : tokenize(name);
  const bareName = bareNameOf(tokens);
  const hint = bareName === undefined ? typeOfTokens(tokens) : undefined;
  const joined = tokens.join('');
  const words = tokens.filter((token) => !isNumber(token));
  const last = words.at(-1) ?? '';
  const lastButNumber =
    last === 'number' || last === 'no' || last === 'nr' || last === 'num' ? (words.at(-2) ?? '') : last;
  return {
    tokens,
    hint,
    bareName,
    addressPart: hint === undefined && (ADDRESS_PARTS.has(joined) || ADDRESS_PARTS.has(words.join(''))),
    role: hint === undefined && ROLES.has(joined),
    completes: tokens.length > 0 && tokens.length <= 2 && COMPLETING.has(last),
    scope: scopeOf(tokens, hint),
    idLike: hint === undefined && ID_WORDS.has(lastButNumber),
    versionLike: tokens.some((token) => VERSION_WORDS.has(token)) && hint === undefined,
  };
}
