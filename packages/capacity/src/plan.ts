import { type NodeName, nodes, topics } from '@fineprint/topology';
import { checkDemand, type Demand } from './demand.ts';
import type { Figures } from './figures.ts';
import type { Kind } from './kinds.ts';
import { type KafkaPlan, planKafka } from './plan-kafka.ts';
import { planServices, type ServicePlan } from './plan-services.ts';
import { planStores, type StorePlan } from './plan-stores.ts';

export interface CapacityPlan {
  readonly demand: Demand;
  readonly figures: Pick<Figures, 'date' | 'command' | 'cores'>;
  /** Of every aligned topic. */
  readonly partitions: number;
  readonly services: readonly ServicePlan[];
  readonly kafka: KafkaPlan;
  readonly stores: readonly StorePlan[];
  /** What a reader has to know of this plan. */
  readonly warnings: readonly string[];
}

/** More than one Redis is usually given. */
const REDIS_BYTES = 64 * 2 ** 30;

/** What a demand takes. Throws CapacityError. */
export function planCapacity(
  demand: Demand,
  figures: Figures,
  kindOfTable: (table: string) => Kind,
): CapacityPlan {
  checkDemand(demand);
  const services = planServices(demand, figures);
  const declared: number = topics['product.events.raw'].partitions;
  const partitions = services.reduce((most, s) => Math.max(most, s.partitions ?? 0), declared);
  const stores = planStores(demand, figures, kindOfTable);
  const { date, command, cores } = figures;
  return {
    demand,
    figures: { date, command, cores },
    partitions,
    services,
    kafka: planKafka(demand, figures, partitions),
    stores,
    warnings: warningsOf(figures, partitions, declared, stores),
  };
}

function warningsOf(
  figures: Figures,
  partitions: number,
  declared: number,
  stores: readonly StorePlan[],
): string[] {
  const unmeasured = (Object.keys(nodes) as NodeName[]).filter(
    (name) => inputsOf(name) && figures.cpu_seconds_per_million[name] === undefined,
  );
  const redis = stores.find(({ store }) => store === 'redis');
  return [
    ...(partitions > declared
      ? [
          `Topics are declared with ${declared} partitions: set PARTITIONS in packages/topology/src/topics.ts before there are events, since more partitions later move keys.`,
        ]
      : []),
    ...((redis?.bytes ?? 0) > REDIS_BYTES
      ? ['The remembered ids do not fit into one Redis: shorten DEDUP_WINDOW_HOURS.']
      : []),
    ...(unmeasured.length > 0 ? [`Not measured, and not in the plan: ${unmeasured.join(', ')}.`] : []),
  ];
}

const inputsOf = (name: NodeName): boolean => nodes[name].group !== null;
