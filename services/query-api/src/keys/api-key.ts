import { keyForm } from '@fineprint/http-kit';

export const roles = ['analyst', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** A key that may read. */
export interface ApiKey {
  readonly id: string;
  readonly role: Role;
}

/** Unlike a write key's form, so that each service refuses the other's keys without a look-up. */
export const apiKeyForm = keyForm('fpa_');

/** A write key by its look: sent here by mistake, which deserves a better answer than "not known". */
export const writeKeyForm = keyForm('fpk_');
