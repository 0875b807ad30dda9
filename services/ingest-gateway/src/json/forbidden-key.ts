const SHORTEST = 'prototype'.length;
const FORBIDDEN = /(^|[.[\]'"])__proto__($|[.[\]'"])|(^|[.[\]'"])constructor[.[\]'"]+prototype($|[.[\]'"])/;

/** `__proto__` anywhere in a (dotted) key, or `prototype` right below `constructor`: what a careless merge would follow. */
export function isForbiddenKey(key: string, parent: string | undefined): boolean {
  if (key.length < SHORTEST) return false;
  return key === 'prototype' ? parent === 'constructor' : FORBIDDEN.test(key);
}
