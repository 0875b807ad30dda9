/** Why a service is not ready, as its /ready says. */
export interface ReadyReason {
  readonly code: string;
  readonly message: string;
}

const TIMEOUT_MS = 3_000;

/** Asks a service; undefined when it does not answer at all. */
export async function readReady(
  url: string,
): Promise<{ ready: boolean; reasons: readonly ReadyReason[] } | undefined> {
  try {
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { ready: response.ok, reasons: reasonsOf(await response.json()) };
  } catch {
    return undefined; // the caller says that it does not answer
  }
}

export function reasonsOf(body: unknown): ReadyReason[] {
  const reasons = body !== null && typeof body === 'object' && 'reasons' in body ? body.reasons : undefined;
  if (!Array.isArray(reasons)) return [];
  return reasons.flatMap((reason: unknown) => {
    if (reason === null || typeof reason !== 'object') return [];
    const { code, message } = reason as { code?: unknown; message?: unknown };
    return [{ code: String(code ?? 'unknown'), message: String(message ?? '') }];
  });
}
