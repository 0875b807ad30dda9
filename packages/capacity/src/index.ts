export { CapacityError, type CapacityErrorCode } from './capacity-error.ts';
export { checkDemand, DEFAULT_DEMAND, type Demand } from './demand.ts';
export { type Figures, measuredFigures, withFigures } from './figures.ts';
export { type Kind, kindOfTopic } from './kinds.ts';
export { type CapacityPlan, planCapacity } from './plan.ts';
export type { KafkaPlan, TopicPlan } from './plan-kafka.ts';
export { coresFor, type ServicePlan } from './plan-services.ts';
export type { StorePlan } from './plan-stores.ts';
