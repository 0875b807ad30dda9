import { nodes, type TopicName, topics } from '@fineprint/topology';
import { limitText } from './read-limit.ts';

/** A loader may be away so long, and dead letters may come back. */
const MIN_CLEAN_HOURS = 72;

const ofScrubber: readonly string[] = Object.values(nodes['pii-scrubber'].routes).flat();

export const isTopic = (name: string): name is TopicName => Object.hasOwn(topics, name);

/** How long a topic keeps its records where nothing else is said. */
export function usualTopicHours(topic: TopicName, rawRetentionHours: number): number {
  const { classification, retentionHours } = topics[topic];
  return classification === 'pii' ? rawRetentionHours : retentionHours;
}

/** Why a topic may not have this limit; null where it may. */
export function topicLimitProblem(topic: TopicName, hours: number, rawRetentionHours: number): string | null {
  const { classification, cleanup, retentionHours } = topics[topic];
  if (cleanup === 'compact')
    return `${topic} keeps the newest record of each key and forgets none by age: a limit would have no effect`;
  if (classification === 'pii')
    return hours <= rawRetentionHours
      ? null
      : `${topic} may hold personal data, which is kept for ${limitText(rawRetentionHours)} at most (RAW_RETENTION_HOURS), not ${limitText(hours)}`;
  const isScrubbed = ofScrubber.includes(topic);
  const least = isScrubbed ? retentionHours : MIN_CLEAN_HOURS;
  if (hours >= least) return null;
  const why = isScrubbed
    ? 'the scrubber finds repeated events by it, and stages and stores are filled from it'
    : 'stages and stores are filled from it after they were away';
  return `${topic} must keep at least ${limitText(least)}, not ${limitText(hours)}: ${why}`;
}
