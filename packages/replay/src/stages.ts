import { createHash, createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PII_TYPES } from '@fineprint/pii';
import {
  createScrubberStage,
  policyOf,
  readScrubberCoreConfig,
  scrubberOf,
  timeBoundsOf,
} from '@fineprint/pii-scrubber';
import { createErasedList, createSubjectBook, createSubjectHash, type Database } from '@fineprint/privacy';
import type { Environment } from '@fineprint/service-config';
import type { Stage } from '@fineprint/stream-runtime';
import { type NodeName, nodes, type TopicName } from '@fineprint/topology';
import { tables } from '@fineprint/warehouse-loader';
import type { Decisions } from './decisions.ts';

// biome-ignore lint/suspicious/noExplicitAny: a stage of any node; each is typed where it is made
type AnyStage = Stage<any, any, any, any>;

/** A figure that people read off a table, by day. Expressions over the table's columns. */
export interface MetricSpec {
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly measures: Readonly<Record<string, string>>;
}

/** What others make of the clean topic, which a swap of rows does not touch. */
export interface DerivedSpec {
  readonly node: NodeName;
  readonly topic: TopicName;
  /** The columns it is made from; a change of another one cannot show in it. `all`: definitions choose. */
  readonly columns: readonly string[] | 'all';
}

export interface ReplayTopic {
  readonly raw: TopicName;
  readonly clean: TopicName;
  readonly table: string;
  readonly metrics: readonly MetricSpec[];
  readonly derived: readonly DerivedSpec[];
}

/** A stage's real core with today's settings, and which they are. */
export interface ReplayCore {
  readonly stage: AnyStage;
  /** In how many events it found something, by type. */
  readonly findings: ReadonlyMap<string, number>;
  readonly codeFingerprint: string;
  readonly settingsFingerprint: string;
}

/** A stage that can be replayed. Another one is another record of this kind. */
export interface ReplayableStage {
  readonly node: NodeName;
  readonly topics: readonly ReplayTopic[];
  /** What the stage leaves in a text where it took something out: a pattern whose group is the type. */
  readonly placeholders: string;
  /**
   * The core, asking for its decisions of then instead of the live index. Pseudonyms and who was erased are those of now: what was
   * erased does not come back. Throws ConfigError.
   */
  open(env: Environment, decisions: Decisions, database: Database): ReplayCore;
}

const DAY = { day: 'toDate(event_time)' };
const rows = (dimensions: Readonly<Record<string, string>>): MetricSpec => ({
  name: 'rows',
  dimensions: { ...dimensions, ...DAY },
  measures: { rows: 'toFloat64(count())' },
});

const aiUsage: MetricSpec = {
  name: 'ai_usage',
  dimensions: { model: 'model_name', version: 'model_version', ...DAY },
  measures: {
    requests: 'toFloat64(count())',
    errors: 'toFloat64(countIf(NOT success))',
    total_tokens: 'toFloat64(sum(total_tokens))',
    cost_estimate: 'sum(ifNull(cost_estimate, 0))',
  },
};

const MEASURED = [
  'event_time',
  'model_name',
  'model_version',
  'provider',
  'experiment_id',
  'variant',
  'success',
  'error_type',
  'input_tokens',
  'output_tokens',
  'cached_tokens',
  'total_tokens',
  'latency_ms',
  'time_to_first_token_ms',
  'confidence_score',
  'cost_estimate',
  'feedback_score',
  'service_tier',
  'region',
  'operation',
];

const scrubberTopics: readonly ReplayTopic[] = [
  {
    raw: 'product.events.raw',
    clean: 'product.events.clean',
    table: tables['product.events.clean'],
    metrics: [rows({ event_name: 'event_name' })],
    derived: [{ node: 'funnel-builder', topic: 'subject.behaviour', columns: 'all' }],
  },
  {
    raw: 'ai.requests.raw',
    clean: 'ai.requests.clean',
    table: tables['ai.requests.clean'],
    metrics: [aiUsage],
    derived: [{ node: 'ai-aggregator', topic: 'ai.metrics', columns: MEASURED }],
  },
  {
    raw: 'ai.feedback.raw',
    clean: 'ai.feedback.clean',
    table: tables['ai.feedback.clean'],
    metrics: [rows({})],
    derived: [],
  },
  {
    raw: 'consent.updates',
    clean: 'consent.clean',
    table: tables['consent.clean'],
    metrics: [rows({})],
    derived: [],
  },
];

const FINGERPRINT_CHARACTERS = 16;
const MAX_PSEUDONYMS = 200_000;
const REPOSITORY = path.join(import.meta.dirname, '..', '..', '..');

export const replayable: Readonly<Partial<Record<NodeName, ReplayableStage>>> = {
  'pii-scrubber': {
    node: 'pii-scrubber',
    topics: scrubberTopics,
    placeholders: `\\\\[(${PII_TYPES.join('|')})(?:_[0-9]+)?(?::[0-9a-f]{32})?\\\\]`,
    open(env, decisions, database) {
      const config = readScrubberCoreConfig(env);
      const hash = createSubjectHash(config.PII_PSEUDONYM_KEY.reveal());
      const findings = new Map<string, number>();
      const stage = createScrubberStage({
        index: decisions.index,
        scrubber: scrubberOf(config),
        subjects: createSubjectBook({
          database,
          erased: createErasedList({ database, hash, nowMs: Date.now }),
          anonymize: config.ENABLE_DATA_ANONYMIZATION,
          maxCached: MAX_PSEUDONYMS,
        }),
        timeBounds: timeBoundsOf(config),
        onFindings: (_topic, found) => {
          for (const type of Object.keys(found)) findings.set(type, (findings.get(type) ?? 0) + 1);
        },
      });
      // The key itself is never kept: only whether it is the same one.
      const key = createHmac('sha256', config.PII_PSEUDONYM_KEY.reveal()).update('replay').digest('hex');
      const settings = {
        detection: config.ENABLE_PII_DETECTION,
        anonymization: config.ENABLE_DATA_ANONYMIZATION,
        policy: policyOf(config),
        timeBounds: timeBoundsOf(config),
        key,
      };
      return {
        stage,
        findings,
        codeFingerprint: sourcesHash([
          'services/pii-scrubber/src',
          'packages/pii/src',
          'packages/privacy/src',
        ]),
        settingsFingerprint: shortHash(JSON.stringify(settings)),
      };
    },
  },
};

/** The loader's group: whoever swaps rows must know that nobody inserts. */
export const LOADER_GROUP = nodes['warehouse-loader'].group;

const shortHash = (text: string) =>
  createHash('sha256').update(text).digest('hex').slice(0, FINGERPRINT_CHARACTERS);

/** Of the code as it lies there, committed or not; tests do not count. */
function sourcesHash(folders: readonly string[]): string {
  const files = folders.flatMap((folder) =>
    readdirSync(path.join(REPOSITORY, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/\.i?test\.ts$/.test(name))
      .map((name) => path.join(folder, name)),
  );
  return shortHash(
    files
      .sort()
      .map((file) => `${file}\n${readFileSync(path.join(REPOSITORY, file), 'utf8')}`)
      .join('\n'),
  );
}
