import {
  destinations,
  forwarderOf,
  inputTopics,
  isOptional,
  type NodeDefinition,
  type NodeName,
  nodes,
} from '@fineprint/topology';

/** What the topology says of the way of an event. */
const all: Readonly<Record<string, NodeDefinition>> = nodes;

export const SCRUBBER = 'pii-scrubber';
export const GATEWAY = 'ingest-gateway';
export const LOADER = 'warehouse-loader';
/** Fills tables of Postgres with what ClickHouse has, too. */
export const POSTGRES_LOADER = 'postgres-loader' satisfies NodeName;
export const AGGREGATOR = 'ai-aggregator';
export const FUNNELS = 'funnel-builder';
export const PERSONS = 'person-builder';
/** Each runs only where its destination is configured. */
export const FORWARDERS: readonly string[] = destinations.map(forwarderOf);
export const STAGES = Object.keys(nodes) as NodeName[];

/** Clean topic → the raw topic it is made from. */
const raws = new Map<string, string>(
  Object.entries(all[SCRUBBER]?.routes ?? {}).flatMap(([raw, outputs]) =>
    outputs.map((clean) => [clean, raw] as const),
  ),
);

export const rawOf = (clean: string): string | null => raws.get(clean) ?? null;

/** Clean topics, by the raw topics. */
export const cleanOf = (raw: string): string | null =>
  [...raws].find(([, from]) => from === raw)?.[0] ?? null;

/** The stages that always read a topic and add to it, the loader first: what is stored comes before what follows from it. */
export function readersOf(topic: string): string[] {
  const readers = STAGES.filter(
    (stage) =>
      !isOptional(stage) &&
      stage !== POSTGRES_LOADER &&
      inputTopics(all[stage] as NodeDefinition).some((t) => t === topic),
  );
  return readers.sort((a, b) => Number(b === LOADER) - Number(a === LOADER));
}

export const deadLetterTopicOf = (stage: string): string | null => all[stage]?.deadLetter ?? null;
