import { type Calls, createCalls, type Outcome, outcomeError, SdkError } from '@fineprint/sdk-core';
import { type Choices, choicesOf } from './consent.ts';
import type { BrowserOptions, BrowserStats } from './options.ts';
import { openPage, type Page } from './page.ts';

/** The document's `analytics`, in a page. No call throws, and none waits for the network. */
export interface BrowserAnalytics extends Calls<void> {
  /**
   * What the person said; `true`: yes to all but sharing. A no to analytics, also a later one, deletes all that was kept and
   * sends nothing more.
   */
  setConsent(given: boolean | Choices): void;
  /** Somebody signed out: what follows is about a new visitor. */
  reset(): void;
  /** Resolves when nothing waits any more. */
  flush(): Promise<void>;
  stats(): BrowserStats;
}

export function createAnalytics(options: BrowserOptions): BrowserAnalytics {
  const counts = { delivered: 0, blocked: 0, lost: 0, failed: 0 };
  let page: Page | undefined;

  const tell = ({ code, message }: SdkError) => {
    try {
      options.onError?.(code, message);
    } catch {
      // The page's own mistake, and not one to stop it with.
    }
  };
  /** Nothing here may stop a page. */
  const safely =
    <A extends unknown[]>(work: (...given: A) => void) =>
    (...given: A): void => {
      try {
        work(...given);
      } catch (error) {
        counts.failed++;
        tell(error instanceof SdkError ? error : new SdkError('invalid_options', String(error)));
      }
    };
  const report = (outcome: Outcome) => {
    if (outcome.kind === 'delivered') {
      counts.delivered += outcome.events - outcome.rejected;
      counts.lost += outcome.rejected;
    } else if (outcome.kind === 'lost') counts.lost += outcome.events;
    const error = outcomeError(outcome);
    if (error !== undefined) tell(error);
  };
  // Rendered on a server there is nobody to track.
  const open = safely(() => {
    if (typeof document !== 'undefined') page = openPage(options, report);
  });
  open();

  const calls = createCalls((draft) => {
    if (page?.record(draft) !== true) counts.blocked++;
  });
  const safe = Object.entries(calls).map(([name, call]) => [name, safely(call)]);
  return {
    ...(Object.fromEntries(safe) as Calls<void>),
    setConsent: safely((given: boolean | Choices) => page?.decide(choicesOf(given))),
    reset: safely(() => page?.reset()),
    flush: async () => page?.flush(),
    stats: () => ({ ...counts, queued: page?.size() ?? 0 }),
  };
}
