import type { IncomingMessage } from 'node:http';

/** What the browser says for the person, with every request: not to sell or share what is known of them. */
export interface PrivacySignals {
  /** Sec-GPC: Global Privacy Control. */
  readonly gpc: boolean;
  /** DNT: Do Not Track. */
  readonly dnt: boolean;
}

export const NO_SIGNALS: PrivacySignals = { gpc: false, dnt: false };

export function privacySignalsOf({ headers }: Pick<IncomingMessage, 'headers'>): PrivacySignals {
  if (headers['sec-gpc'] === undefined && headers['dnt'] === undefined) return NO_SIGNALS;
  return { gpc: headers['sec-gpc'] === '1', dnt: headers['dnt'] === '1' };
}

/**
 * The context with the signals in it: `gpc: true`, `dnt: true`. What the producer wrote stays text, number for number, unless it
 * names a signal itself: then it is written anew, for the browser's word counts.
 */
export function withSignals(context: string, { gpc, dnt }: PrivacySignals): string {
  if (!gpc && !dnt) return context;
  const told = { ...(gpc ? { gpc } : {}), ...(dnt ? { dnt } : {}) };
  if (/"(?:gpc|dnt)"|\\u/.test(context)) return JSON.stringify({ ...JSON.parse(context), ...told });
  const own = JSON.stringify(told).slice(0, -1);
  const rest = context.slice(context.indexOf('{') + 1);
  return /^\s*\}/.test(rest) ? `${own}}` : `${own},${rest}`;
}
