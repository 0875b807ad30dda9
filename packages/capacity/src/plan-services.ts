import { LANE_PARTITIONS, type NodeName, nodes, topics } from '@fineprint/topology';
import { CapacityError } from './capacity-error.ts';
import type { Demand } from './demand.ts';
import type { Figures } from './figures.ts';
import { kindOfService, shareOf } from './kinds.ts';

export interface ServicePlan {
  readonly service: string;
  /** Events a second of the kind that it reads. */
  readonly recordsPerSecond: number;
  /** At the busiest. */
  readonly cores: number;
  /** Processes; each uses one core at most. */
  readonly instances: number;
  readonly memoryMiB: number;
  /** An instance without a partition would have nothing to do; null where it reads none. */
  readonly partitions: number | null;
}

/** CPU-seconds per million events of a demand's mix: what a service does for an AI request it does not do for a page view. */
export function costPerMillion(
  { cpu_seconds_per_million, ai_share }: Figures,
  name: string,
  aiShare: number,
): number {
  const kind = kindOfService(name);
  const perOne = (cpu_seconds_per_million[name] ?? 0) / shareOf(kind, ai_share);
  return perOne * shareOf(kind, aiShare);
}

/** Cores that so many events a second take. */
export const coresFor = (figures: Figures, name: string, eventsPerSecond: number, aiShare: number): number =>
  (costPerMillion(figures, name, aiShare) * eventsPerSecond) / 1e6;

/** All aligned topics have the same number of partitions, so the stage that needs the most decides. */
export function planPartitions(
  services: readonly Omit<ServicePlan, 'partitions'>[],
  figures: Figures,
  max: number,
): number {
  const readers = services
    .filter(({ service }) => readsTopics(service))
    .map(({ service, instances }) => ({
      service,
      instances,
      needs: instances * perInstance(service, figures),
    }));
  const most = readers.reduce(
    (a, b) => (b.needs > a.needs ? b : a),
    readers[0] ?? { instances: 1, service: '', needs: 1 },
  );
  const declared: number = topics['product.events.raw'].partitions;
  const needed = Math.max(1, Math.ceil(most.needs / declared)) * declared;
  if (needed > max)
    throw new CapacityError(
      'PARTITIONS_TOO_MANY',
      `${most.service} needs ${most.instances} instances, and so ${needed} partitions; at most ${max} are allowed`,
    );
  return needed;
}

/** Partitions of a topic for each process: one, but of the loader a lane, as far as its work is of that topic. */
function perInstance(service: string, { bytes_per_event: { clickhouse } }: Figures): number {
  if (service !== ('warehouse-loader' satisfies NodeName)) return 1;
  const bytes = Object.values(clickhouse);
  const busiest = Math.max(0, ...bytes) / bytes.reduce((sum, n) => sum + n, 0);
  return Math.max(1, LANE_PARTITIONS * (busiest || 1));
}

export function planServices(demand: Demand, figures: Figures): ServicePlan[] {
  const { eventsPerSecond, aiShare, headroom } = demand;
  const measured = Object.keys(figures.cpu_seconds_per_million).filter((name) => name in nodes);
  const plans = measured.map((service) => {
    const cores = coresFor(figures, service, eventsPerSecond, aiShare);
    return {
      service,
      recordsPerSecond: eventsPerSecond * shareOf(kindOfService(service), aiShare),
      cores,
      instances: Math.max(1, Math.ceil(cores / headroom)),
      memoryMiB: figures.memory_mib[service] ?? 0,
    };
  });
  const partitions = planPartitions(plans, figures, demand.maxPartitions);
  return plans.map((plan) => ({ ...plan, partitions: readsTopics(plan.service) ? partitions : null }));
}

const readsTopics = (service: string): boolean => nodes[service as NodeName].group !== null;
