import type { PrivacySignals } from '@fineprint/sdk-core';

/** What the browser says for the person: Global Privacy Control, and Do Not Track where it is still sent. */
export function privacySignals(): PrivacySignals {
  const { globalPrivacyControl, doNotTrack } = navigator as Navigator & {
    readonly globalPrivacyControl?: boolean;
    readonly doNotTrack?: string | null;
  };
  return { globalPrivacyControl: globalPrivacyControl === true, doNotTrack: doNotTrack === '1' };
}
