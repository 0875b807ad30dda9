import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { isoOf } from '../params/time-range.ts';
import { Problem } from '../problem/problem.ts';

const answerSchema = z
  .object({
    as_of: z.iso.datetime(),
    groups: z.array(
      z.object({
        group: z.string(),
        stage: z.string(),
        state: z.string(),
        members: z.int(),
        partitions: z.array(
          z.object({
            topic: z.string(),
            partition: z.int(),
            committed: z
              .int()
              .nullable()
              .meta({ description: 'Where the group goes on; null where it has read nothing.' }),
            end: z.int().meta({ description: 'One past the last record.' }),
            lag_records: z.int(),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'ConsumerGroups' });

export const groups = defineOperation({
  method: 'GET',
  path: '/api/v1/pipeline/groups',
  name: 'pipeline.groups',
  action: 'pipeline',
  summary: 'Consumer groups, and how far each is in every partition',
  description:
    'The same look at Kafka as `/api/v1/pipeline/live`. Groups of destinations that were never used are left out.',
  parameters: z.strictObject({}),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema,
  example: '',
  async run(_given, { pipeline }) {
    const { kafka } = (await pipeline.see()).look;
    if (kafka === null)
      throw new Problem('kafka_unavailable', 'Where groups are is not known.', { retryAfterS: 2 });
    const byGroup = Map.groupBy(kafka.positions, (p) => p.group);
    const body: z.infer<typeof answerSchema> = {
      as_of: isoOf(kafka.atMs),
      groups: [...byGroup].flatMap(([group, positions]) => {
        const { state = 'Dead', members = 0 } = kafka.groups.find((g) => g.group === group) ?? {};
        if (members === 0 && positions.every((p) => p.committed === null)) return [];
        return {
          group,
          stage: positions[0]?.stage ?? '',
          state,
          members,
          partitions: positions.map(({ topic, partition, committed, end, lag }) => ({
            topic,
            partition,
            committed,
            end,
            lag_records: lag,
          })),
        };
      }),
    };
    return { status: 200, body };
  },
});
