const TIMEOUT_MS = 15_000;

/** Posts text to the gateway: the one form that needs no preflight. Must have begun the request when it returns. */
export type Post = (path: string, body: string, signal: AbortSignal) => Promise<Response>;

export function createPost(gatewayUrl: string): Post {
  const base = new URL(gatewayUrl).href.replace(/\/+$/, '');
  return async (path, body, signal) => {
    const timeout = new AbortController();
    const abort = () => timeout.abort();
    const timer = setTimeout(abort, TIMEOUT_MS);
    signal.addEventListener('abort', abort);
    try {
      return await fetch(base + path, {
        method: 'POST',
        body,
        headers: { 'content-type': 'text/plain' },
        // Goes on when the page is gone; a browser takes 64 KB of these at a time.
        keepalive: true,
        credentials: 'omit',
        referrerPolicy: 'origin',
        signal: timeout.signal,
      });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  };
}
