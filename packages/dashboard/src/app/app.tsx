import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { Session } from '../api/api.gen.ts';
import { ApiError, ask } from './api.ts';
import { Login } from './login.tsx';
import { RouterProvider } from './router.tsx';
import { forgetKey, keepKey, readKey } from './session.ts';
import { Shell } from './shell.tsx';
import { SignedContext } from './signing.ts';

/** Asks for a key, then shows the dashboard to whoever has one. */
export function App() {
  const [key, setKey] = useState(readKey);
  const [session, setSession] = useState<Session | null>(null);
  const [why, setWhy] = useState<string | null>(null);
  const signOut = useCallback((reason?: string) => {
    forgetKey();
    setKey(null);
    setSession(null);
    setWhy(reason ?? null);
  }, []);
  useEffect(() => {
    if (key === null) return;
    ask('GET /api/v1/session', {}).then(setSession, (error: unknown) => {
      if (error instanceof ApiError && error.status === 401)
        signOut('This key is not valid. It may have been revoked.');
      else setWhy(error instanceof Error ? error.message : String(error));
    });
  }, [key, signOut]);
  const signed = useMemo(() => ({ session, signOut }), [session, signOut]);
  if (key !== null && session === null && why === null)
    return (
      <p class="wait" role="status">
        Opening the dashboard …
      </p>
    );
  if (key === null || session === null)
    return (
      <Login
        why={why}
        onKey={(given) => {
          keepKey(given);
          setWhy(null);
          setKey(null);
          queueMicrotask(() => setKey(given));
        }}
      />
    );
  return (
    <SignedContext.Provider value={signed}>
      <RouterProvider>
        <Shell />
      </RouterProvider>
    </SignedContext.Provider>
  );
}
