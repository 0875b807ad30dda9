/** What kinds of personal data and secrets the engine knows. */
export const PII_TYPES = [
  'EMAIL',
  'PHONE',
  'CREDIT_CARD',
  'CARD_SECURITY_CODE',
  'IBAN',
  'BANK_ACCOUNT',
  'NATIONAL_ID',
  'PASSPORT',
  'DRIVER_LICENSE',
  'IP_ADDRESS',
  'MAC_ADDRESS',
  'CRYPTO_WALLET',
  'API_KEY',
  'JWT',
  'PASSWORD',
  'USERNAME',
  'PERSON_NAME',
  'ADDRESS',
  'POSTAL_CODE',
  'BIRTH_DATE',
] as const;

export type PiiType = (typeof PII_TYPES)[number];

/** One recognised span, in UTF-16 offsets of the scanned text. Never holds the value. */
export interface Finding {
  readonly type: PiiType;
  readonly start: number;
  readonly end: number;
  /** 0 … 1: how sure the recognizer is that this is personal. */
  readonly confidence: number;
}

/** What the position of a text says about it: its field's name and the names above it. */
export interface FieldContext {
  /** The type that the field's name promises, e.g. `firstName` → PERSON_NAME. */
  readonly hint: PiiType | undefined;
  /** Names an identifier (order id, SKU, trace id …): digits there are no phones, cards or national ids. */
  readonly idLike: boolean;
  /** Names a version or build: dotted tuples there are no addresses. */
  readonly versionLike: boolean;
  /** Names a person's role (`recipient`): a value that looks like a name is one. */
  readonly nameLike?: boolean;
}

export const NO_CONTEXT: FieldContext = { hint: undefined, idLike: false, versionLike: false };
