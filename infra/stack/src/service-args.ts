import path from 'node:path';

const FLAGS = [
  // kafkajs 2.2.4 sets a timer in the past now and then, which Node 24 mentions every time.
  '--disable-warning=TimeoutNegativeWarning',
  // On a machine with much memory Node collects late. A service works in a fraction of this; what would need more is a fault.
  '--max-old-space-size=320',
];

/** What Node is given to run one of our services, from the repository's root. */
export const serviceArgs = (name: string): string[] => [
  ...FLAGS,
  path.join('services', name, 'src', 'main.ts'),
];
