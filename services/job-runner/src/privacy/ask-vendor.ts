import type { Answer, DeletionRequest } from '@fineprint/destinations';

const TIMEOUT_MS = 20_000;
const MAX_BODY_CHARS = 1_000_000;

/** Asks a vendor's deletion API. Never rejects: no answer is an answer too. Redirects are not followed. */
export async function askVendor(
  baseUrl: string,
  { method, path, headers, body }: DeletionRequest,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const answer = await fetch(`${baseUrl.replace(/\/+$/, '')}${path}`, {
      method,
      headers: { ...headers },
      body,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const text = await answer.text();
    return { status: answer.status, headers: {}, body: text.slice(0, MAX_BODY_CHARS) };
  } catch {
    return { status: null, headers: {}, body: '' };
  }
}
