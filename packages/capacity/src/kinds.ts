import {
  bookTopics,
  inputTopics,
  type NodeName,
  nodes,
  openTopics,
  type TopicName,
} from '@fineprint/topology';

/** Which events something grows with: product events, AI requests, or all of them. */
export type Kind = 'product' | 'ai' | 'event';

const routes = Object.values(nodes).flatMap((node) =>
  Object.entries(node.routes).map(([from, to]) => ({ from, to: to as readonly string[] })),
);

/** The raw topics that a topic's records begin in. */
function sourcesOf(topic: string): Set<string> {
  if (openTopics.some((open) => open === topic)) return new Set([topic]);
  const from = routes.filter(({ to }) => to.includes(topic)).map((route) => route.from);
  return new Set(from.flatMap((parent) => [...sourcesOf(parent)]));
}

/** Every node writes the books, so they grow with all events. */
export function kindOfTopic(topic: string): Kind {
  if (bookTopics.some((book) => book === topic)) return 'event';
  return kindOf(sourcesOf(topic));
}

/** What a service reads; the parts under the pipeline serve all. */
export function kindOfService(name: string): Kind {
  const node = nodes[name as NodeName];
  if (node === undefined) return 'event';
  return kindOf(new Set(inputTopics(node).flatMap((topic) => [...sourcesOf(topic)])));
}

function kindOf(sources: ReadonlySet<string>): Kind {
  const [hasProduct, hasAi] = [
    sources.has('product.events.raw' satisfies TopicName),
    sources.has('ai.requests.raw' satisfies TopicName),
  ];
  if (hasProduct === hasAi) return 'event';
  return hasProduct ? 'product' : 'ai';
}

/** How many of each kind there are for one event. */
export function shareOf(kind: Kind, aiShare: number): number {
  if (kind === 'event') return 1;
  return kind === 'ai' ? aiShare : 1 - aiShare;
}
