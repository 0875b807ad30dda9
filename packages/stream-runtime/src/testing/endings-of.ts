import type { Account } from '../account.ts';

/** An account's lines, as a test reads them: "dropped duplicate" → 2. */
export function endingsOf(account: Account): Record<string, number> {
  return Object.fromEntries(account.lines().map((l) => [`${l.kind} ${l.target}`.trim(), l.records]));
}
