/** What the person said. */
export type ConsentChoice = 'granted' | 'denied' | 'unknown';

/** What the browser says for the person. */
export interface PrivacySignals {
  readonly globalPrivacyControl: boolean;
  readonly doNotTrack: boolean;
}

/** Whether anything may be kept or sent: only after a yes, and against no signal of the browser. */
export function mayTrack(choice: ConsentChoice, signals: PrivacySignals): boolean {
  return choice === 'granted' && !signals.globalPrivacyControl && !signals.doNotTrack;
}
