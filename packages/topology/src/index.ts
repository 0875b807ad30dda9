export {
  type DestinationName,
  deadLetterOf,
  destinations,
  type ForwarderName,
  forwarderOf,
  inputTopics,
  isOptional,
  type NodeDefinition,
  type NodeName,
  nodes,
  type Origin,
  openTopics,
  origins,
  type ReplayTopic,
  replayTopics,
} from './nodes.ts';
export {
  type ActualTopic,
  planTopics,
  type TopicPlan,
  type TopicSettings,
  topicConfig,
} from './plan-topics.ts';
export { renderMermaid } from './render.ts';
export { bookTopics, LANE_PARTITIONS, type TopicDefinition, type TopicName, topics } from './topics.ts';
export type { InputOf, OutputOf, RecordOf } from './types.ts';
export { type Topology, topologyProblems } from './validate.ts';
