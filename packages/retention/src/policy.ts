import type { TopicName } from '@fineprint/topology';
import { type DatasetName, datasetNames, isDataset } from './datasets.ts';
import { limitText, readLimit } from './read-limit.ts';
import { isTopic, topicLimitProblem } from './topic-limits.ts';

/** As settings say it; the names are those of the environment. */
export interface RetentionSettings {
  readonly DATA_RETENTION_DAYS: number;
  readonly RAW_RETENTION_HOURS: number;
  readonly RETENTION_OVERRIDES?: string | undefined;
  readonly RETENTION_HOLDS?: readonly string[] | undefined;
}

export interface DatasetPolicy {
  readonly hours: number;
  readonly isOverridden: boolean;
  /** On hold: kept, whatever its age. */
  readonly isHeld: boolean;
}

/** How long what is kept. */
export interface RetentionPolicy {
  readonly datasets: Readonly<Record<DatasetName, DatasetPolicy>>;
  /** Topics that are kept for another time than usual. */
  readonly topicHours: ReadonlyMap<TopicName, number>;
}

/** As a configuration error tells it. */
export interface RetentionProblem {
  readonly variable: string;
  readonly problem: string;
  readonly expected: string;
}

const EXPECTED_LIMITS =
  'name=limit,…: data sets (fineprint retention show) and topics, limits as 90d or 720h';
const EXPECTED_HOLDS = 'names of data sets, comma-separated';
/** Names a topic that has a data set's name too. */
const TOPIC_PREFIX = 'topic:';
/** Rows go by whole days. */
const MIN_DATASET_HOURS = 24;

interface Draft {
  readonly datasets: Map<DatasetName, number>;
  readonly topics: Map<TopicName, number>;
  readonly problems: string[];
}

/** The policy, and everything that is wrong with the settings; what is wrong is not in the policy. */
export function resolvePolicy(settings: RetentionSettings): {
  readonly policy: RetentionPolicy;
  readonly problems: readonly RetentionProblem[];
} {
  const draft: Draft = { datasets: new Map(), topics: new Map(), problems: [] };
  for (const item of itemsOf(settings.RETENTION_OVERRIDES ?? '')) {
    const problem = takeOverride(item, draft, settings.RAW_RETENTION_HOURS);
    if (problem !== null) draft.problems.push(problem);
  }
  const holds = settings.RETENTION_HOLDS ?? [];
  const usual = settings.DATA_RETENTION_DAYS * 24;
  const of = (name: DatasetName): DatasetPolicy => ({
    hours: draft.datasets.get(name) ?? usual,
    isOverridden: draft.datasets.has(name),
    isHeld: holds.includes(name),
  });
  const all = Object.fromEntries(datasetNames.map((name) => [name, of(name)]));
  const policy = { datasets: all as Record<DatasetName, DatasetPolicy>, topicHours: draft.topics };
  const { event_notes: notes, pipeline_ledger: ledger } = policy.datasets;
  if (notes.hours < ledger.hours)
    draft.problems.push(
      `event_notes would be kept for ${limitText(notes.hours)} and pipeline_ledger for ${limitText(ledger.hours)}: the books are compared with the notes, so notes must stay as long`,
    );
  return {
    policy,
    problems: [
      ...draft.problems.map((problem) => ({
        variable: 'RETENTION_OVERRIDES',
        problem,
        expected: EXPECTED_LIMITS,
      })),
      ...holds
        .filter((name) => !isDataset(name))
        .map((name) => ({
          variable: 'RETENTION_HOLDS',
          problem: `there is no data set ${name}`,
          expected: EXPECTED_HOLDS,
        })),
    ],
  };
}

/** A rule of a service's settings: all that is wrong, at once. */
export const retentionRule = (settings: RetentionSettings): readonly RetentionProblem[] =>
  resolvePolicy(settings).problems;

const itemsOf = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Takes one `name=limit`; answers what is wrong with it, or null. */
function takeOverride(item: string, draft: Draft, rawRetentionHours: number): string | null {
  const equals = item.indexOf('=');
  const given = (equals < 0 ? item : item.slice(0, equals)).trim();
  const hours = readLimit(equals < 0 ? '' : item.slice(equals + 1).trim());
  const isForTopic = given.startsWith(TOPIC_PREFIX);
  const name = isForTopic ? given.slice(TOPIC_PREFIX.length) : given;
  if (typeof hours === 'string') return `${given}: ${hours}`;
  if (!isForTopic && isDataset(name)) {
    if (draft.datasets.has(name)) return `${name} is named twice`;
    if (hours < MIN_DATASET_HOURS)
      return `${name} must keep at least 1d, not ${limitText(hours)}: rows are removed by whole days`;
    draft.datasets.set(name, hours);
    return null;
  }
  if (!isTopic(name)) return `there is no data set or topic ${given}`;
  if (draft.topics.has(name)) return `${given} is named twice`;
  const refused = topicLimitProblem(name, hours, rawRetentionHours);
  if (refused === null) draft.topics.set(name, hours);
  return refused;
}
