import {
  createKeyDirectory,
  type KeyDirectory,
  type KeyDirectoryOptions,
  type LoadKeys,
  type StoredKey,
} from '@fineprint/http-kit';
import { Problem } from '../problem/problem.ts';
import { type WriteKey, writeKeys } from './write-key.ts';

/** A key in use, as the store has it. */
export interface StoredWriteKey extends WriteKey, StoredKey {}

/** Tells whose write key it is. Rejects with Problem `invalid_credentials` or `keys_unavailable`. */
export function createWriteKeyDirectory(
  load: LoadKeys<StoredWriteKey>,
  options: KeyDirectoryOptions,
): KeyDirectory<WriteKey> {
  return createKeyDirectory(load, {
    ...options,
    hasForm: writeKeys.matches,
    invalid: () => new Problem('invalid_credentials', 'This write key is not known, or ended.'),
    unavailable: () =>
      new Problem('keys_unavailable', 'The store of write keys does not answer.', { retryAfterS: 5 }),
  });
}
