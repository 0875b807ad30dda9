const HIDDEN = '[secret]';

/** A setting's value for people to read. What somebody put before the `@` of a URL is hidden too. */
export function showValue(value: unknown, isSecret: boolean): string {
  if (value === undefined) return '';
  if (isSecret) return HIDDEN;
  const items = value instanceof Map ? [...value].map(([name, of]) => `${name}=${of}`) : value;
  const text = Array.isArray(items) ? items.join(',') : String(items);
  return text.replaceAll(/(\/\/)[^/@\s]+@/g, `$1${HIDDEN}@`);
}
