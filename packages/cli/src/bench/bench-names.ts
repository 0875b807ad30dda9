/** What can be measured. */
export const benchNames = [
  'gateway',
  'scrubber',
  'aggregator',
  'funnels',
  'loader',
  'stages',
  'forwarder',
] as const;
export type BenchName = (typeof benchNames)[number];
