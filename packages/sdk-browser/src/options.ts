import type { ConsentChoice, SdkErrorCode } from '@fineprint/sdk-core';
import type { ConsentTerms } from './consent.ts';

export interface BrowserOptions extends ConsentTerms {
  /** The gateway's address. */
  readonly gatewayUrl: string;
  /** A write key made for this page's origin. It is public: it can send, and nothing else. */
  readonly writeKey: string;
  /**
   * What the person said, if the page knows. Until it is `granted` nothing is kept and nothing is sent. Left out: what
   * `setConsent` was told on an earlier page, if that was a yes.
   */
  readonly consent?: ConsentChoice;
  /** Keeps up to 50 events in memory until the person has decided; a no drops them. Left out: they are dropped at once. */
  readonly holdUntilConsent?: boolean;
  /** `auto`: a page view now, and at every change of the address. */
  readonly pageViews?: 'manual' | 'auto';
  /** How long an event waits for others; one second if left out. */
  readonly lingerMs?: number;
  /** Told of what goes wrong. It holds no event's content. */
  readonly onError?: (code: SdkErrorCode, message: string) => void;
}

/** What is known of this page's events since it was loaded. */
export interface BrowserStats {
  /** The gateway has them. */
  readonly delivered: number;
  /** Waiting, or on their way. */
  readonly queued: number;
  /** Not recorded: there was no consent, or the browser said no. */
  readonly blocked: number;
  /** Given up: refused, too old, or pushed out of a full queue. */
  readonly lost: number;
  /** Calls that could not be made an event of. */
  readonly failed: number;
}
