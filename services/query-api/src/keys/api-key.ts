import { keyForm } from '@fineprint/http-kit';

/**
 * Who somebody is here: one role each. The fifth role of the product, producer, is whoever holds a write key: it sends events
 * through the gateway and may do nothing here.
 */
export const roles = ['analyst', 'operator', 'privacy_officer', 'admin'] as const;
export type Role = (typeof roles)[number];

/** Who asks: an API key, or whoever a token of the identity provider names. */
export interface ApiKey {
  /** Of a key its id; of a token `oidc:` and its subject. */
  readonly id: string;
  readonly role: Role;
  /** With some, these data sets may be exported and nothing else be done; null: all that the role may. */
  readonly datasets: readonly string[] | null;
  /** Whether people are shown as they are to a role that sees them masked otherwise. */
  readonly unmasked: boolean;
}

/** Unlike a write key's form, so that each service refuses the other's keys without a look-up. */
export const apiKeyForm = keyForm('fpa_');

/** A write key by its look: sent here by mistake, which deserves a better answer than "not known". */
export const writeKeyForm = keyForm('fpk_');
