import { destinations, forwarderOf, type NodeDefinition, nodes, openTopics, replayTopics } from './nodes.ts';
import { topics } from './topics.ts';

const id = (name: string) => name.replaceAll(/[.-]/g, '_');

/** What every stage has, or only `dlq replay` writes, would bury the rest. */
const isDrawn = (topic: string) =>
  !topic.startsWith('dead-letter.') && !replayTopics.some((r) => r === topic);

/** The DAG as a Mermaid flowchart: boxes are services, rounded ones topics (shaded: personal data), cylinders stores. */
export function renderMermaid(): string {
  const lines = ['flowchart LR', '  http([HTTP])', '  schedule([clock])', '  services([services, Avro])'];
  for (const [name, topic] of Object.entries(topics)) {
    if (isDrawn(name)) lines.push(`  ${id(name)}(${name}):::${topic.classification}`);
  }
  for (const [name, node] of Object.entries<NodeDefinition>(nodes)) {
    lines.push(`  ${id(name)}[${name}]`);
    for (const [input, outputs] of Object.entries(node.routes)) {
      if (isDrawn(input)) lines.push(`  ${id(input)} --> ${id(name)}`);
      for (const output of outputs ?? []) lines.push(`  ${id(name)} --> ${id(output)}`);
    }
    for (const store of node.stores) lines.push(`  ${id(name)} --> ${store}[(${store})]`);
  }
  for (const name of destinations) lines.push(`  ${id(forwarderOf(name))} --> ${name}([${name}])`);
  for (const topic of openTopics) lines.push(`  services --> ${id(topic)}`);
  lines.push('  classDef pii fill:#fde8e8,stroke:#c53030', '  classDef clean fill:#e6fffa,stroke:#2c7a7b');
  return `${[...new Set(lines)].join('\n')}\n`;
}
