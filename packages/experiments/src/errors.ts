export type ExperimentErrorCode =
  | 'EXPERIMENT_OBSERVATION_INVALID'
  | 'EXPERIMENT_PARAMETER_INVALID'
  | 'EXPERIMENT_STATUS_INVALID'
  | 'EXPERIMENT_UNIT_ID_INVALID';

/** The package's only error: a caller passed what no experiment can have produced. Never quotes unit ids. */
export class ExperimentError extends Error {
  readonly code: ExperimentErrorCode;

  constructor(code: ExperimentErrorCode, message: string) {
    super(message);
    this.name = 'ExperimentError';
    this.code = code;
  }
}
