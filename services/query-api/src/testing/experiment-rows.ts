import type { StoredExperiment } from '../experiments/stored-experiment.ts';

/** A definition as a person sends it. */
export const draft = (over: object = {}) => ({
  id: 'prompt-2',
  unit: 'user',
  variants: [
    { name: 'control', weight: 1 },
    { name: 'short', weight: 3 },
  ],
  metrics: [{ name: 'upgrade', kind: 'conversion', source: 'event:Upgraded', direction: 'increase' }],
  ...over,
});

/** An experiment as the store answers it. */
export const stored = (over: Partial<StoredExperiment> = {}): StoredExperiment => ({
  id: 'prompt-2',
  definition: {
    id: 'prompt-2',
    unit: 'user',
    variants: [
      { name: 'control', weight: 1 },
      { name: 'short', weight: 3 },
    ],
    metrics: [
      { name: 'upgrade', kind: 'conversion', source: 'event:Upgraded', direction: 'increase', role: 'goal' },
    ],
    alpha: 0.05,
    minimumSamplePerVariant: 100,
  },
  status: 'running',
  createdAt: new Date('2026-03-01T00:00:00Z'),
  createdBy: 'key-1',
  startedAt: new Date('2026-03-02T00:00:00Z'),
  startedBy: 'key-1',
  stoppedAt: null,
  stoppedBy: null,
  stopReason: null,
  ...over,
});
