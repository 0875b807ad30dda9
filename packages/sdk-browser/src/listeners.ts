export interface Listeners {
  readonly visibility: (isHidden: boolean) => void;
  readonly online: () => void;
  /** The entry of localStorage was made or taken away by another tab, or by the person. */
  readonly storage: (isThere: boolean) => void;
}

/** What a page is told by its browser. `pagehide` comes where `visibilitychange` does not, and the other way round. */
export function listen(name: string, { visibility, online, storage }: Listeners): void {
  const look = () => visibility(document.visibilityState === 'hidden');
  document.addEventListener('visibilitychange', look);
  addEventListener('pageshow', look);
  addEventListener('pagehide', () => visibility(true));
  addEventListener('online', online);
  addEventListener('storage', ({ key, newValue }) => {
    if (key === name || key === null) storage(newValue !== null);
  });
}
