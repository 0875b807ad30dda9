/** The key lives as long as the tab, is sent as a Bearer token to this origin only, and never in an address. */
const NAME = 'fineprint.api-key';

export const readKey = (): string | null => sessionStorage.getItem(NAME);
export const keepKey = (key: string): void => sessionStorage.setItem(NAME, key);
export const forgetKey = (): void => sessionStorage.removeItem(NAME);

/** `#key=…`, as `npm start` prints it: what follows `#` stays in the browser. It is taken out of the address at once. */
export function takeKeyFromAddress(): void {
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (key === null) return;
  keepKey(key);
  history.replaceState(null, '', location.pathname + location.search);
}
