export type DriftErrorCode = 'DRIFT_SKETCH_INVALID' | 'DRIFT_SAMPLE_INVALID' | 'DRIFT_SETTINGS_INVALID';

/** The package's only error: what was passed is no distribution, or no sensible setting. */
export class DriftError extends Error {
  readonly code: DriftErrorCode;

  constructor(code: DriftErrorCode, message: string) {
    super(message);
    this.name = 'DriftError';
    this.code = code;
  }
}
