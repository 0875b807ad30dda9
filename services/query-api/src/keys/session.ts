import { z } from 'zod';
import { defineOperation } from '../operations/operation.ts';
import { actions, mayDo } from './access.ts';
import { roles } from './api-key.ts';

/** Who asks: lets a page show what its key may see, and nothing else. */
export const session = defineOperation({
  method: 'GET',
  path: '/api/v1/session',
  name: 'session',
  action: 'session',
  summary: 'Which key this is, its role, and what the role may do',
  description: 'For pages that show only what a key may see; each path checks by itself.',
  parameters: z.strictObject({}),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema: z
    .object({ key_id: z.string(), role: z.enum(roles), may: z.array(z.enum(actions)) })
    .meta({ id: 'Session' }),
  example: '',
  async run(_given, { key }) {
    return {
      status: 200,
      body: { key_id: key.id, role: key.role, may: actions.filter((action) => mayDo(key.role, action)) },
    };
  },
});
