import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { datasets } from './datasets.ts';
import { formatNames } from './formats.ts';

export const listExports = defineOperation({
  method: 'GET',
  path: '/api/v1/exports',
  name: 'exports.list',
  action: 'exports',
  summary: 'What can be exported',
  description: 'Each data set with the columns that its filters are about.',
  parameters: z.strictObject({}),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema: z
    .object({
      formats: z.array(z.enum(formatNames)),
      datasets: z.array(
        z.object({
          name: z.string(),
          about: z.string(),
          time: z.string().nullable().meta({ description: 'The column of `from` and `to`.' }),
          named: z
            .string()
            .nullable()
            .meta({ description: 'The column of `name`; null: it cannot be given.' }),
        }),
      ),
    })
    .meta({ id: 'Exports' }),
  example: '',
  async run(_given, { key }) {
    const own = datasets.filter(({ name }) => key.datasets?.includes(name) ?? true);
    return { status: 200, body: { formats: formatNames, datasets: own } };
  },
});
