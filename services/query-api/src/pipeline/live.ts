import { type NodeDefinition, nodes, type TopicName, topics } from '@fineprint/topology';
import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { isoOf } from '../params/time-range.ts';
import { Problem } from '../problem/problem.ts';
import { judgeStages, type Reading, type StageHealth, stageStates } from './health.ts';
import { findProblems, pages, type Refused } from './problems.ts';
import { RATE_WINDOW_MS } from './rates.ts';
import { REFUSED_MINUTES, readStanding } from './standing.ts';
import type { PipelineSight } from './watch.ts';

const perSecond = (what: string) =>
  z
    .number()
    .nullable()
    .meta({ description: `${what} over the last seconds; null before the second question.` });

const reading = z
  .object({
    topic: z.string(),
    lag_records: z.int().meta({ description: 'Records that are still to be read.' }),
    lag_seconds: z.number().nullable().meta({
      description: 'How long the oldest of them has waited, to the next step of a ladder; 0 where none does.',
    }),
    records_per_second: perSecond('Records that the stage passed'),
  })
  .meta({ id: 'PipelineReading' });

const stage = z
  .object({
    stage: z.string(),
    group: z.string().nullable().meta({ description: 'Its consumer group; null where it reads no topic.' }),
    group_state: z.string().nullable(),
    members: z.int().nullable(),
    state: z.enum(stageStates).meta({
      description:
        'not_ready, degraded: its own word; silent: it does not answer; stopped: nobody is in its group; stuck: records wait and it does not move; behind: what waits is older than a minute.',
    }),
    reasons: z.array(z.object({ code: z.string(), message: z.string() })),
    from_requests: z.boolean().meta({ description: 'It takes requests over HTTP.' }),
    by_clock: z.boolean().meta({ description: 'It does something by the clock.' }),
    reads: z.array(reading),
    writes: z.array(z.string()).meta({ description: 'Topics.' }),
    dead_letter: z.string().nullable(),
    refused_last_hour: z.int().nullable(),
    stores: z.array(z.string()),
    destination: z.string().nullable(),
  })
  .meta({ id: 'PipelineStage' });

const answerSchema = z
  .object({
    as_of: z.iso.datetime(),
    rate_window_seconds: z.number().nullable(),
    kafka: z.enum(['ok', 'unavailable']),
    stages: z.array(stage),
    topics: z.array(
      z
        .object({
          topic: z.string(),
          classification: z
            .string()
            .meta({ description: '`pii`: may hold personal data, and only the scrubber reads it.' }),
          partitions: z.int(),
          records: z.int().nullable().meta({ description: 'Ever written.' }),
          records_per_second: perSecond('Records that were written'),
        })
        .meta({ id: 'PipelineTopic' }),
    ),
    problems: z.array(
      z
        .object({
          code: z.string(),
          severity: z.enum(['critical', 'warning', 'info']),
          title: z.string(),
          detail: z.string(),
          page: z.enum(pages).meta({ description: 'Of the dashboard.' }),
          about: z
            .record(z.string(), z.string())
            .meta({ description: 'What it is about, as that page filters.' }),
          since: z.iso.datetime().nullable(),
        })
        .meta({ id: 'PipelineProblem' }),
    ),
  })
  .meta({ id: 'PipelineLive' });

const toReading = (r: Reading) => ({
  topic: r.topic,
  lag_records: r.lagRecords,
  lag_seconds: r.lagMs === null ? null : r.lagMs / 1_000,
  records_per_second: r.perSecond,
});

function toStage(health: StageHealth, refused: readonly Refused[] | null): z.infer<typeof stage> {
  const { routes }: NodeDefinition = nodes[health.stage];
  const own = refused?.filter((r) => r.stage === health.stage);
  return {
    stage: health.stage,
    group: health.group,
    group_state: health.groupState,
    members: health.members,
    state: health.state,
    reasons: [...health.reasons],
    from_requests: 'http' in routes,
    by_clock: 'schedule' in routes,
    reads: health.readings.map(toReading),
    writes: [...health.outputs],
    dead_letter: health.deadLetter,
    refused_last_hour: own?.reduce((sum, r) => sum + r.records, 0) ?? null,
    stores: [...health.stores],
    destination: health.destination,
  };
}

const toTopics = ({ look, rates }: PipelineSight) =>
  (Object.keys(topics) as TopicName[]).map((topic) => {
    const ends = look.kafka?.topics.find((t) => t.topic === topic)?.ends;
    return {
      topic,
      classification: topics[topic].classification,
      partitions: topics[topic].partitions,
      records: ends?.reduce((sum, end) => sum + end, 0) ?? null,
      records_per_second: rates?.written(topic) ?? null,
    };
  });

export const live = defineOperation({
  method: 'GET',
  path: '/api/v1/pipeline/live',
  name: 'pipeline.live',
  action: 'pipeline',
  summary: 'What flows right now: stages, topics, rates, lag, and what is wrong',
  description: `One look at Kafka, the services and what stands in the stores, shared by all who ask within a second. Rates are over the last ${RATE_WINDOW_MS / 1_000} seconds.`,
  parameters: z.strictObject({}),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema,
  example: '',
  async run(_given, { pipeline, warehouse, nowMs }) {
    const [sight, standing] = await Promise.all([
      pipeline.see(),
      readStanding(warehouse, nowMs).catch((error: unknown) => {
        if (error instanceof Problem && error.code === 'clickhouse_unavailable') return null; // one of the problems
        throw error;
      }),
    ]);
    const { look, rates } = sight;
    const refused = standing?.refused ?? null;
    const stages = judgeStages(look, rates);
    const problems = findProblems({
      stages,
      kafkaAway: look.kafka === null,
      refused,
      refusedMinutes: REFUSED_MINUTES,
      alerts: standing?.alerts ?? [],
    });
    const body: z.infer<typeof answerSchema> = {
      as_of: isoOf(look.atMs),
      rate_window_seconds: rates?.windowMs == null ? null : rates.windowMs / 1_000,
      kafka: look.kafka === null ? 'unavailable' : 'ok',
      stages: stages.map((s) => toStage(s, refused)),
      topics: toTopics(sight),
      problems: problems.map((p) => ({ ...p, about: { ...p.about } })),
    };
    return { status: 200, body };
  },
});
