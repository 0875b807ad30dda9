import path from 'node:path';

/** On a machine with much memory Node collects late. Most services work in a fraction of this; what would need more is a fault. */
const HEAP_MIB = 320;
/** Those that hold what they know of every subject. */
const STATEFUL_HEAP_MIB: Readonly<Record<string, number>> = { 'funnel-builder': 2_048 };

const flagsOf = (name: string): string[] => [
  // kafkajs 2.2.4 sets a timer in the past now and then, which Node 24 mentions every time.
  '--disable-warning=TimeoutNegativeWarning',
  `--max-old-space-size=${STATEFUL_HEAP_MIB[name] ?? HEAP_MIB}`,
];

/** What Node is given to run one of our services, from the repository's root. */
export const serviceArgs = (name: string): string[] => [
  ...flagsOf(name),
  path.join('services', name, 'src', 'main.ts'),
];
