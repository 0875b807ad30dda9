import type { Said } from './look.ts';

/** A service that is well answers in a few milliseconds; one that is frozen never does. */
const TIMEOUT_MS = 1_500;
const MAX_REASONS = 10;

/** Asks a service how it is, with the token that opens its reasons where services have one. Never rejects: no answer is an answer, too. */
export async function readSaid(stage: string, url: string, adminToken?: string): Promise<Said> {
  try {
    const response = await fetch(`${url}/ready`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
      ...(adminToken === undefined ? {} : { headers: { authorization: `Bearer ${adminToken}` } }),
    });
    return { stage, answered: true, ready: response.ok, reasons: reasonsIn(await response.json()) };
  } catch {
    return { stage, answered: false, ready: false, reasons: [] };
  }
}

function reasonsIn(body: unknown): Said['reasons'] {
  const reasons = body !== null && typeof body === 'object' && 'reasons' in body ? body.reasons : null;
  if (!Array.isArray(reasons)) return [];
  return reasons.slice(0, MAX_REASONS).flatMap((reason: unknown) => {
    if (reason === null || typeof reason !== 'object') return [];
    const { code, message } = reason as { code?: unknown; message?: unknown };
    return [{ code: String(code ?? 'unknown'), message: String(message ?? '') }];
  });
}
