/** Calls back now and whenever the address changed without a load, as in a single-page application. */
export function watchAddress(onAddress: (url: string) => void): void {
  let last: string | undefined;
  const look = () => {
    const url = location.href;
    if (url === last) return;
    last = url;
    onAddress(url);
  };
  // After the router has set the title.
  const later = () => setTimeout(look);
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name];
    history[name] = function (...given: Parameters<History['pushState']>) {
      original.apply(this, given);
      later();
    };
  }
  addEventListener('popstate', later);
  look();
}
