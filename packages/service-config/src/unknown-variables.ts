import type { Environment } from './read-config.ts';

/** A variable that is set and that nothing reads, and what may have been meant. */
export interface UnknownVariable {
  readonly variable: string;
  readonly nearest: string | undefined;
}

const OURS = 'FINEPRINT_';
/** Kubernetes tells every pod of every Service by such names. */
const SERVICE_LINK = /_(SERVICE_(HOST|PORT\w*)|PORT(_\d+_(TCP|UDP)\w*)?)$/;

/** Mistyped names: those that begin as ours do and are not, and those that differ in a letter or two from one that is not set. */
export function unknownVariables(known: ReadonlySet<string>, env: Environment): UnknownVariable[] {
  const isSet = (variable: string) => (env[variable] ?? '').trim() !== '';
  const found: UnknownVariable[] = [];
  for (const variable of Object.keys(env)
    .filter((v) => isSet(v) && !known.has(v))
    .sort()) {
    const isOurs = variable.startsWith(OURS) && !SERVICE_LINK.test(variable);
    const meant = nearestName(variable, known);
    if (meant !== undefined && !isSet(meant)) found.push({ variable, nearest: meant });
    else if (isOurs) found.push({ variable, nearest: meant });
  }
  return found;
}

export const sayUnknown = ({ variable, nearest }: UnknownVariable): string =>
  `${variable} is no setting and is not read${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;

/** Short names are near to too many others. */
const allowedEdits = (name: string): number => (name.length < 6 ? 0 : name.length < 10 ? 1 : 2);

function nearestName(variable: string, known: Iterable<string>): string | undefined {
  let best: { name: string; edits: number } | undefined;
  for (const name of known) {
    const most = Math.min(allowedEdits(name), allowedEdits(variable));
    if (Math.abs(name.length - variable.length) > most) continue;
    const edits = editsBetween(variable.toUpperCase(), name);
    if (edits <= most && (best === undefined || edits < best.edits)) best = { name, edits };
  }
  return best?.name;
}

/** Letters put in, left out, replaced, or swapped with their neighbour. */
export function editsBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
