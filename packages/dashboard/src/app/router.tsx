import { type ComponentChildren, createContext } from 'preact';
import { useCallback, useContext, useEffect, useMemo, useState } from 'preact/hooks';
import { parseView, rangeOf, type Span, spanOf, type View, viewUrl } from '../model/view.ts';

const BROWSER_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
const SPAN_EVERY_MS = 60_000;

export interface Router {
  readonly view: View;
  /** In which times are told. */
  readonly zone: string;
  readonly span: Span;
  readonly go: (to: View, how?: 'push' | 'replace') => void;
}

const RouterContext = createContext<Router | null>(null);

const here = (): View => parseView(location.pathname, location.search);

/** The address is the state: what is shown follows from it, and the browser's own buttons work. */
export function RouterProvider({ children }: { readonly children: ComponentChildren }) {
  const [view, setView] = useState(here);
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const moved = () => setView(here());
    addEventListener('popstate', moved);
    const timer = setInterval(() => setNowMs(Date.now()), SPAN_EVERY_MS);
    return () => {
      removeEventListener('popstate', moved);
      clearInterval(timer);
    };
  }, []);
  const go = useCallback((to: View, how: 'push' | 'replace' = 'push') => {
    const url = viewUrl(to);
    if (how === 'push') history.pushState(null, '', url);
    else history.replaceState(null, '', url);
    setView(here());
  }, []);
  const router = useMemo(
    () => ({ view, zone: view.zone ?? BROWSER_ZONE, span: spanOf(rangeOf(view), nowMs), go }),
    [view, nowMs, go],
  );
  return <RouterContext.Provider value={router}>{children}</RouterContext.Provider>;
}

export function useRouter(): Router {
  const router = useContext(RouterContext);
  if (router === null) throw new Error('no router around this');
  return router;
}

/** One filter of the address, and how to change it. */
export function useFilter(name: string): [string, (value: string) => void] {
  const { view, go } = useRouter();
  const set = (value: string) => go({ ...view, filters: { ...view.filters, [name]: value } }, 'replace');
  return [view.filters[name] ?? '', set];
}

/** A link within the dashboard. */
export function Link(props: {
  readonly to: View;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly current?: boolean;
}) {
  const { go } = useRouter();
  const onClick = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return; // a new tab, as elsewhere
    event.preventDefault();
    go(props.to);
    scrollTo(0, 0);
    if (props.to.page !== undefined) document.getElementById('content')?.focus();
  };
  return (
    <a
      href={viewUrl(props.to)}
      onClick={onClick}
      {...(props.class === undefined ? {} : { class: props.class })}
      {...(props.current ? { 'aria-current': 'page' as const } : {})}
    >
      {props.children}
    </a>
  );
}
