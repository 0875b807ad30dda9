import type { RecordTypes } from '@fineprint/schemas';
import type { NodeName, nodes, Origin } from './nodes.ts';
import type { TopicName, topics } from './topics.ts';

/** The TypeScript type of a topic's values. */
export type RecordOf<T extends TopicName> = RecordTypes[(typeof topics)[T]['schema']];

/** The topics a node reads. */
export type InputOf<N extends NodeName> = Exclude<keyof (typeof nodes)[N]['routes'], Origin> & TopicName;

/** The topics a node may write what it read from `I` to. */
export type OutputOf<N extends NodeName, I extends InputOf<N>> =
  (typeof nodes)[N]['routes'] extends Readonly<Record<I, infer O extends readonly TopicName[]>>
    ? O[number]
    : never;
