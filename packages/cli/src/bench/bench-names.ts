/** What can be measured. */
export const benchNames = [
  'gateway',
  'scrubber',
  'aggregator',
  'funnels',
  'loader',
  'stages',
  'e2e',
  'latency',
  'scale',
  'forwarder',
  'soak',
] as const;
/** Each measures something that the others do not; a soak alone takes as long as all of these. */
export const allBenches = [
  'gateway',
  'stages',
  'e2e',
  'latency',
  'scale',
  'forwarder',
] as const satisfies BenchName[];
export type BenchName = (typeof benchNames)[number];

/** How events come into a whole pipeline: they wait in the raw topics, or are posted; or first the one and then the other. */
export const benchSources = ['topics', 'http', 'both'] as const;
export type BenchSource = (typeof benchSources)[number];
