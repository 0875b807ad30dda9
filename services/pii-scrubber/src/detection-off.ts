import type { Logger } from '@fineprint/observability';
import type { Check } from '@fineprint/service-kit';

const MESSAGE = 'ENABLE_PII_DETECTION is false: personal data is passed on and stored as it comes';
const SAY_EVERY_MS = 60_000;

/** Shown by /ready as long as it is so; events flow all the same. */
export const detectionOff: Check = {
  code: 'pii_detection_off',
  isRequired: false,
  look: () => Promise.resolve(MESSAGE),
};

/** Said again and again, so that no log of this process is without it. */
export function sayDetectionIsOff(log: Logger): void {
  log.warn(MESSAGE);
  setInterval(() => log.warn(MESSAGE), SAY_EVERY_MS).unref();
}
