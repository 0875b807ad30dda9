import { keyForm } from '@fineprint/http-kit';

/** A key that may send events. */
export interface WriteKey {
  readonly id: string;
  /** Goes into its events as their source. */
  readonly source: string;
  /** Browser origins that may use it; empty allows all. */
  readonly allowedOrigins: readonly string[];
}

export const writeKeys = keyForm('fpk_');
