import { keyForm } from '@fineprint/http-kit';

/** A key that may send events. */
export interface WriteKey {
  readonly id: string;
  /** Goes into its events as their source. */
  readonly source: string;
  /** Pages that may use it; with none it is CORS_ORIGINS that says so. */
  readonly allowedOrigins: readonly string[];
}

export const writeKeys = keyForm('fpk_');
