import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type Answer, ApiError, ask, type Params, type Use } from './api.ts';
import { useSignOut } from './signing.ts';

/** An answer, and whether it is of the question that is asked now. */
export interface Asked<T> {
  readonly data: T | null;
  readonly error: ApiError | null;
  /** A first answer, or one to a changed question, is on its way. */
  readonly loading: boolean;
  readonly refresh: () => void;
}

/** Asks, and again whenever the question changes, or every so often while the page is looked at. Null: asks nothing. */
export function useApi<U extends Use>(
  use: U,
  params: Params<U> | null,
  options: { readonly everyMs?: number } = {},
): Asked<Answer<U>> {
  const key = params === null ? null : JSON.stringify(params);
  const [state, setState] = useState<{ key: string | null; data: Answer<U> | null; error: ApiError | null }>({
    key: null,
    data: null,
    error: null,
  });
  const [turn, setTurn] = useState(0);
  const signOut = useSignOut();
  const latest = useRef(params);
  latest.current = params;
  const { everyMs } = options;

  useEffect(() => {
    const asked = latest.current;
    if (asked === null || key === null) return;
    const end = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      if (everyMs === undefined || end.signal.aborted) return;
      timer = setTimeout(() => (document.hidden ? again() : void run()), everyMs);
    };
    const run = async () => {
      try {
        const data = await ask(use, asked, { signal: end.signal });
        setState({ key, data, error: null });
      } catch (error) {
        if (end.signal.aborted) return;
        const known = error instanceof ApiError ? error : new ApiError(0, 'internal', String(error));
        if (known.status === 401) signOut(known.message);
        setState((before) => ({ key, data: before.key === key ? before.data : null, error: known }));
      }
      again();
    };
    void run();
    return () => {
      end.abort();
      clearTimeout(timer);
    };
  }, [use, key, turn, everyMs]);

  const isCurrent = state.key === key;
  return {
    data: key === null ? null : state.data,
    error: isCurrent ? state.error : null,
    loading: key !== null && !isCurrent,
    refresh: useCallback(() => setTurn((n) => n + 1), []),
  };
}
