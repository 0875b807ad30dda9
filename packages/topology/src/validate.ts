import { inputTopics, type NodeDefinition, origins, replayTopics } from './nodes.ts';
import { bookTopics, type TopicDefinition } from './topics.ts';

/** A topology as plain data, so that a test can validate a broken one. */
export interface Topology {
  readonly topics: Readonly<Record<string, TopicDefinition>>;
  readonly nodes: Readonly<Record<string, NodeDefinition>>;
  readonly openTopics: readonly string[];
}

const outputsOf = (node: NodeDefinition): string[] => [
  ...new Set(Object.values(node.routes).flatMap((t) => t ?? [])),
];

const deadLettersOf = (all: readonly NodeDefinition[]): string[] => all.flatMap((n) => n.deadLetter ?? []);

const isOrigin = (input: string) => origins.some((origin) => origin === input);

/** Everything wrong with a topology, in words; empty when it is sound. */
export function topologyProblems(topology: Topology): string[] {
  return [
    ...unknownTopics(topology),
    ...orphans(topology),
    ...unclearedReaders(topology),
    ...misalignedRoutes(topology),
    ...sharedNames(topology),
    ...cycles(topology),
  ];
}

function unknownTopics({ topics, nodes, openTopics }: Topology): string[] {
  const named = Object.entries(nodes).flatMap(([name, node]) =>
    [...inputTopics(node), ...outputsOf(node), ...deadLettersOf([node])].map((topic) => ({ name, topic })),
  );
  const unknown = named.filter(({ topic }) => topics[topic] === undefined);
  return [
    ...unknown.map(({ name, topic }) => `node ${name} names topic ${topic}, which is not declared`),
    ...openTopics.filter((t) => topics[t] === undefined).map((t) => `open topic ${t} is not declared`),
  ];
}

function orphans({ topics, nodes, openTopics }: Topology): string[] {
  const all = Object.values(nodes);
  const read = new Set<string>(all.flatMap(inputTopics));
  const written = new Set<string>([...all.flatMap(outputsOf), ...openTopics, ...bookTopics, ...replayTopics]);
  const deadLetters = new Set(deadLettersOf(all));
  return Object.keys(topics).flatMap((topic) => {
    if (deadLetters.has(topic)) return [];
    return [
      ...(read.has(topic) ? [] : [`topic ${topic} has no reader`]),
      ...(written.has(topic) ? [] : [`topic ${topic} has no writer`]),
    ];
  });
}

function unclearedReaders({ topics, nodes }: Topology): string[] {
  return Object.entries(nodes).flatMap(([name, node]) =>
    inputTopics(node)
      .filter((topic) => topics[topic]?.classification === 'pii' && !node.cleared)
      .map((topic) => `node ${name} reads ${topic}, which holds personal data, and is not cleared for it`),
  );
}

/** Exactly-once rests on "same partition number": every route must lead to as many partitions as it comes from. */
function misalignedRoutes({ topics, nodes }: Topology): string[] {
  return Object.entries(nodes).flatMap(([name, node]) =>
    Object.entries(node.routes).flatMap(([input, outputs]) =>
      (outputs ?? [])
        .filter((output) => !isOrigin(input) && topics[input]?.partitions !== topics[output]?.partitions)
        .map((output) => `node ${name}: ${input} and ${output} differ in partitions`),
    ),
  );
}

function sharedNames({ nodes }: Topology): string[] {
  const groups = Object.values(nodes).flatMap((n) => n.group ?? []);
  const deadLetters = deadLettersOf(Object.values(nodes));
  const twice = (list: readonly string[]) => list.filter((x, i) => list.indexOf(x) !== i);
  return [
    ...twice(groups).map((g) => `consumer group ${g} belongs to two nodes`),
    ...twice(deadLetters).map((t) => `dead letter topic ${t} belongs to two nodes`),
  ];
}

function cycles({ topics, nodes }: Topology): string[] {
  const next = new Map<string, string[]>(Object.keys(topics).map((t) => [t, []]));
  for (const node of Object.values(nodes)) {
    for (const input of inputTopics(node)) {
      next
        .get(input)
        ?.push(...(node.routes[input as keyof typeof node.routes] ?? []), ...deadLettersOf([node]));
    }
  }
  const done = new Set<string>();
  const visit = (topic: string, path: readonly string[]): string[] => {
    if (path.includes(topic)) return [`cycle: ${[...path.slice(path.indexOf(topic)), topic].join(' → ')}`];
    if (done.has(topic)) return [];
    const found = (next.get(topic) ?? []).flatMap((t) => visit(t, [...path, topic]));
    done.add(topic);
    return found;
  };
  return [...new Set([...next.keys()].flatMap((t) => visit(t, [])))];
}
