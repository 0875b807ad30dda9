import type { IncomingMessage } from 'node:http';
import type { ClientAddress, GuessLimit, KeyDirectory } from '@fineprint/http-kit';
import { Problem } from '../problem/problem.ts';
import type { ApiKey } from './api-key.ts';
import { readCredentials } from './credentials.ts';
import { looksLikeToken, type Tokens } from './tokens.ts';

/** Tells who asks. */
export interface Callers {
  /** Rejects with a Problem where it is nobody. */
  authenticate(req: IncomingMessage): Promise<ApiKey>;
}

export interface CallersOptions {
  readonly keys: Pick<KeyDirectory<ApiKey>, 'authenticate' | 'known'>;
  /** Null where no identity provider is configured: then tokens are nothing. */
  readonly tokens: Tokens | null;
  readonly guesses: GuessLimit;
  readonly addressOf: ClientAddress;
  readonly onUse: (keyId: string) => void;
}

/** Keys that are known cost nothing to check, so guesses of others behind the same address do not keep them out. */
export function createCallers({ keys, tokens, guesses, addressOf, onUse }: CallersOptions): Callers {
  const look = async (credential: string): Promise<ApiKey> => {
    if (tokens !== null && looksLikeToken(credential)) return tokens.verify(credential);
    const key = await keys.authenticate(credential);
    onUse(key.id);
    return key;
  };
  return {
    async authenticate(req) {
      const credential = readCredentials(req);
      const known = keys.known(credential);
      if (known !== undefined) {
        onUse(known.id);
        return known;
      }
      const client = addressOf(req);
      const waitMs = guesses.waitMs(client);
      if (waitMs > 0) {
        const retryAfterS = Math.ceil(waitMs / 1_000);
        throw new Problem('too_many_failures', 'Too many keys that are none came from here.', {
          retryAfterS,
        });
      }
      try {
        return await look(credential);
      } catch (error) {
        if (error instanceof Problem && error.status === 401) guesses.failed(client);
        throw error;
      }
    },
  };
}
