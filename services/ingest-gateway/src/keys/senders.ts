import type { IncomingMessage } from 'node:http';
import type { ClientAddress, GuessLimit, KeyDirectory } from '@fineprint/http-kit';
import { Problem } from '../problem/problem.ts';
import type { WriteKey } from './write-key.ts';

/** Tells who sends. */
export interface Senders {
  /** Whose key it is. Rejects with a Problem where it is nobody's. */
  authenticate(key: string, req: IncomingMessage): WriteKey | Promise<WriteKey>;
}

export interface SendersOptions {
  readonly keys: Pick<KeyDirectory<WriteKey>, 'authenticate' | 'known'>;
  readonly guesses: GuessLimit;
  readonly addressOf: ClientAddress;
  readonly onUse: (keyId: string) => void;
}

/** Keys that are known cost nothing to check, so guesses of others behind the same address do not keep them out. */
export function createSenders({ keys, guesses, addressOf, onUse }: SendersOptions): Senders {
  const lookUp = async (key: string, req: IncomingMessage): Promise<WriteKey> => {
    const client = addressOf(req);
    const waitMs = guesses.waitMs(client);
    if (waitMs > 0) {
      const retryAfterS = Math.ceil(waitMs / 1_000);
      throw new Problem('too_many_failures', 'Too many keys that are none came from here.', { retryAfterS });
    }
    try {
      const found = await keys.authenticate(key);
      onUse(found.id);
      return found;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) guesses.failed(client);
      throw error;
    }
  };
  return {
    authenticate(key, req) {
      const known = keys.known(key);
      if (known === undefined) return lookUp(key, req);
      onUse(known.id);
      return known;
    },
  };
}
