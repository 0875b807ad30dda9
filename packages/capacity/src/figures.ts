import { z } from 'zod';
import { CapacityError } from './capacity-error.ts';
import committed from './figures.json' with { type: 'json' };
import { kindOfService, shareOf } from './kinds.ts';

const amounts = z.record(z.string(), z.number().nonnegative());

/** What a bench measured, per event of its own mix; one copy of everything. */
const figuresSchema = z.object({
  /** When, with which command, and on how many cores. */
  date: z.string(),
  command: z.string(),
  cores: z.number().positive(),
  /** The share of AI requests in the mix, and how many people the events were of. */
  ai_share: z.number().gt(0).lt(1),
  subjects: z.number().positive(),
  /** How many events what is stored is of. */
  events: z.number().positive(),
  /** CPU-seconds per million events, by service and part. */
  cpu_seconds_per_million: amounts,
  /** At most, by service and part. */
  memory_mib: amounts,
  bytes_per_event: z.object({
    kafka: amounts,
    clickhouse: amounts,
    /** Of the window in which ids are remembered. */
    redis: z.number().nonnegative(),
    /** All that was stored, over the events; it grows with people, not with events. */
    postgres: z.number().nonnegative(),
  }),
});
export type Figures = z.infer<typeof figuresSchema>;

/** What `bench stages --json` prints: how many records of its own kind a stage does in a second of one core. */
const stagesSchema = z.object({
  what: z.literal('stages'),
  stages: z.record(z.string(), z.object({ records_per_core: z.number().positive() })),
});
const SERVICE_OF: Readonly<Record<string, string>> = {
  scrubber: 'pii-scrubber',
  aggregator: 'ai-aggregator',
  funnels: 'funnel-builder',
  loader: 'warehouse-loader',
};

/** The committed table. */
export const measuredFigures: Figures = figuresSchema.parse(committed);

/** `base` with what a file of `bench e2e --json` or `bench stages --json` says. Throws CapacityError. */
export function withFigures(base: Figures, file: unknown): Figures {
  const stages = stagesSchema.safeParse(file);
  if (stages.success) return { ...base, cpu_seconds_per_million: stageCosts(base, stages.data.stages) };
  const figures = figuresSchema.safeParse(figuresIn(file));
  if (figures.success) return figures.data;
  const [issue] = figures.error.issues;
  throw new CapacityError('FIGURES_INVALID', `${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
}

const figuresIn = (file: unknown): unknown =>
  typeof file === 'object' && file !== null && 'figures' in file ? file.figures : file;

function stageCosts(
  { cpu_seconds_per_million: known, ai_share }: Figures,
  stages: Readonly<Record<string, { readonly records_per_core: number }>>,
): Record<string, number> {
  const costs = Object.entries(stages).map(([stage, { records_per_core }]) => {
    const service = SERVICE_OF[stage];
    if (service === undefined) throw new CapacityError('FIGURES_INVALID', `there is no stage ${stage}`);
    return [service, (1e6 / records_per_core) * shareOf(kindOfService(service), ai_share)] as const;
  });
  return { ...known, ...Object.fromEntries(costs) };
}
