/** All matches of a global pattern; without the copy of the pattern that matchAll makes, and free when there is none. */
export function matchesOf(pattern: RegExp, text: string): RegExpExecArray[] {
  pattern.lastIndex = 0;
  const first = pattern.exec(text);
  if (first === null) return NO_MATCHES;
  const matches = [first];
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) matches.push(match);
  return matches;
}

const NO_MATCHES: RegExpExecArray[] = [];
