import { declarationOf } from '@fineprint/cli/declarations';
import { programOf, type ServiceDefinition, services } from '@fineprint/cli/services';
import { factsOf, type SettingsDeclaration } from '@fineprint/service-config';
import { destinationFields, neededFor } from '@fineprint/sink-forwarder/settings';
import {
  type DestinationName,
  destinations,
  forwarderOf,
  inputTopics,
  isOptional,
  type NodeDefinition,
  nodes,
  topics,
} from '@fineprint/topology';

/** What a service needs to be run anywhere, from its declaration and its node of the DAG. */
export interface Workload {
  readonly name: ServiceDefinition['name'];
  /** What the image is told to run. */
  readonly program: string;
  /** Runs only where somebody asks for it. */
  readonly isOptional: boolean;
  readonly secrets: readonly WorkloadSecret[];
  /** Settings that are its own. */
  readonly settings: Readonly<Record<string, string>>;
  /** What its lag is measured by; null for what reads no topic. */
  readonly scaling: Scaling | null;
}

export interface WorkloadSecret {
  readonly variable: string;
  readonly isRequired: boolean;
}

export interface Scaling {
  readonly group: string;
  readonly topics: readonly string[];
  /** One process per partition: more of them would have nothing to do. */
  readonly maxReplicas: number;
}

/** Where a container keeps files that outlive it. */
export const folders = {
  spool: '/var/lib/fineprint/spool',
  archive: '/var/lib/fineprint/archive',
  people: '/var/lib/fineprint/people',
} as const;

/** While a process stops, whoever sends to it is told so before its port closes. */
const DRAIN = { DRAIN_DELAY_MS: '5000' };

export const workloads: readonly Workload[] = services.map((service) => ({
  name: service.name,
  program: programOf(service),
  isOptional: service.name !== 'query-api' && isOptional(service.name),
  secrets: secretsOf(service),
  settings: settingsOf(service),
  scaling: scalingOf(service),
}));

function destinationOf({ name }: ServiceDefinition): DestinationName | undefined {
  return destinations.find((d) => forwarderOf(d) === name);
}

function secretsOf(service: ServiceDefinition): WorkloadSecret[] {
  const destination = destinationOf(service);
  const needed: readonly string[] = destination === undefined ? [] : neededFor(destination);
  const all = secretsIn(declarationOf(programOf(service)).shape);
  const own = all.filter(({ variable }) => !(variable in destinationFields) || needed.includes(variable));
  return own.map((s) => ({ ...s, isRequired: s.isRequired || needed.includes(s.variable) }));
}

/** The secrets among settings. */
export function secretsIn(shape: SettingsDeclaration['shape']): WorkloadSecret[] {
  return Object.entries(shape).flatMap(([variable, type]) => {
    const { isSecret, isOptional: mayLack } = factsOf(type);
    return isSecret === true ? [{ variable, isRequired: mayLack !== true }] : [];
  });
}

function settingsOf(service: ServiceDefinition): Record<string, string> {
  const destination = destinationOf(service);
  return {
    ...(destination === undefined ? {} : { DESTINATION: destination }),
    ...('DRAIN_DELAY_MS' in declarationOf(programOf(service)).shape ? DRAIN : {}),
  };
}

function scalingOf({ name }: ServiceDefinition): Scaling | null {
  if (name === 'query-api') return null;
  const node: NodeDefinition = nodes[name];
  if (node.group === null) return null;
  const read = inputTopics(node).filter((topic) => !topic.startsWith('replay.')); // an operator writes those, now and then
  return {
    group: node.group,
    topics: read,
    maxReplicas: Math.max(...read.map((topic) => topics[topic].partitions)),
  };
}
