/** Stable codes; a code never changes its meaning. */
export type CapacityErrorCode =
  | 'DEMAND_INVALID' // a number that no plan can be made for
  | 'FIGURES_INVALID' // not what a bench printed, or without what a plan needs
  | 'PARTITIONS_TOO_MANY'; // one process per partition would not be enough

export class CapacityError extends Error {
  readonly code: CapacityErrorCode;

  constructor(code: CapacityErrorCode, message: string) {
    super(message);
    this.name = 'CapacityError';
    this.code = code;
  }
}
