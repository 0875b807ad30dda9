import { type BannerTexts, drawBanner, ENGLISH } from './banner-view.ts';
import type { BrowserAnalytics } from './client.ts';
import type { Choices } from './consent.ts';
import { privacySignals } from './privacy-signals.ts';

export type { BannerTexts } from './banner-view.ts';

export interface BannerOptions {
  /** Where the site says what it does with what it learns. */
  readonly policyUrl: string;
  /** The text that is agreed to: a new one is asked about again. */
  readonly policyVersion?: string;
  /** What is asked for; all three if left out. */
  readonly ask?: readonly (keyof Choices)[];
  readonly texts?: Partial<BannerTexts>;
}

export interface Banner {
  /** Asks, also somebody who has decided: for a link «Privacy settings» on every page. */
  open(): void;
}

/** The one thing that is kept of somebody who said no, so that they are not asked on every page. */
const NAME = 'fineprint:asked';

/**
 * Asks once. Yes and no are one click each and look alike, nothing is ticked before, nothing is hidden, and the page can be used
 * without an answer. Where the browser says no for the person (GPC, DNT) there is nothing to ask.
 */
export function createConsentBanner(
  analytics: Pick<BrowserAnalytics, 'setConsent'>,
  options: BannerOptions,
): Banner {
  const { policyVersion = '', ask = ['analytics', 'marketing', 'ai'] } = options;
  const signals = privacySignals();
  const isRefused = signals.globalPrivacyControl || signals.doNotTrack;
  let close: (() => void) | undefined;

  const open = () => {
    if (isRefused || close !== undefined) return;
    close = drawBanner({
      ...{ ask, policyUrl: options.policyUrl, texts: { ...ENGLISH, ...options.texts } },
      onChoice(choices) {
        close?.();
        close = undefined;
        analytics.setConsent(choices);
        remember(policyVersion);
      },
    });
  };
  if (asked() !== policyVersion) open();
  return { open };
}

function asked(): string | null {
  try {
    return localStorage.getItem(NAME);
  } catch {
    return null;
  }
}

function remember(version: string): void {
  try {
    localStorage.setItem(NAME, version);
  } catch {
    // Forbidden: then the next page asks again.
  }
}
