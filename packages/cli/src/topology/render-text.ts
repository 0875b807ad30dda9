import type { NodeDefinition, Origin, TopicDefinition } from '@fineprint/topology';
import pc from '../colors.ts';
import { table } from '../table.ts';

export interface Dag {
  readonly topics: Readonly<Record<string, TopicDefinition>>;
  readonly nodes: Readonly<Record<string, NodeDefinition>>;
  readonly openTopics: readonly string[];
}

const ORIGINS: Readonly<Record<Origin, string>> = { http: 'HTTP', schedule: 'clock' };

/** The DAG as a tree of nodes and a table of topics. */
export function renderText(dag: Dag): string {
  const nodes = Object.entries(dag.nodes).map(([name, node]) => renderNode(name, node, dag));
  return `${nodes.join('\n')}\n${renderTopics(dag)}`;
}

function renderNode(name: string, node: NodeDefinition, dag: Dag): string {
  const group = node.group === null ? 'reads no topic' : `group ${node.group}`;
  const branches = [
    ...Object.entries(node.routes).map(([input, outputs]) => renderRoute(input, outputs ?? [], node, dag)),
    ...(node.deadLetter === null ? [] : [`refuses ─▶ ${colored(node.deadLetter, dag)}`]),
  ];
  const lines = branches.map((branch, i) => `${i === branches.length - 1 ? '└─' : '├─'} ${branch}`);
  return `${pc.bold(name)}  ${pc.dim(group)}\n${lines.join('\n')}\n`;
}

function renderRoute(input: string, outputs: readonly string[], node: NodeDefinition, dag: Dag): string {
  const targets = [
    ...outputs.map((topic) => colored(topic, dag)),
    ...(outputs.length === 0 ? node.stores : []),
  ];
  const source = ORIGINS[input as Origin] ?? colored(input, dag);
  return `${source} ─▶ ${targets.join(', ') || '(nothing)'}`;
}

function colored(topic: string, { topics }: Dag): string {
  return topics[topic]?.classification === 'pii' ? pc.red(topic) : pc.green(topic);
}

function renderTopics(dag: Dag): string {
  const rows = Object.entries(dag.topics).map(([name, topic]) => [
    colored(name, dag),
    topic.schema,
    topic.key,
    String(topic.partitions),
    topic.cleanup,
    topic.classification === 'pii' ? pc.red('personal data') : pc.green('clean'),
    dag.openTopics.includes(name) ? 'other services may publish' : '',
  ]);
  return table(['topic', 'schema', 'key', 'partitions', 'cleanup', 'holds', ''], rows);
}
