import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Who may look into a service over HTTP. */
export interface AdminGuard {
  mayLook(req: Pick<IncomingMessage, 'headers'>): boolean;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/;
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * With a token, whoever sends it as `Authorization: Bearer`. Without one, everybody on this machine where the service listens
 * on loopback only, and nobody where others can reach it.
 */
export function createAdminGuard({ host, token }: { host: string; token: string | undefined }): AdminGuard {
  if (token === undefined) {
    const isLoopback = LOOPBACK.test(host);
    return { mayLook: () => isLoopback };
  }
  const expected = digest(`Bearer ${token}`);
  return { mayLook: ({ headers }) => timingSafeEqual(digest(headers.authorization ?? ''), expected) };
}
