/** The product event by which a producer says that a unit saw its variant: `experiment_id` and `variant` are properties. */
export const EXPOSURE_EVENT = 'Experiment Exposure';
