import { createMask } from '@fineprint/masking';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { endpoints } from '../ai/endpoints.ts';
import { realTime } from '../ai/real-time.ts';
import { createAsk } from '../graphql/ask.ts';
import { questions } from '../graphql/questions.ts';
import type { QueryPorts } from '../http/call.ts';
import { operations } from '../operations/index.ts';
import { defineOperation } from '../operations/operation.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';
import { createTestTokens } from '../testing/test-tokens.ts';
import { answerPlan } from './mask-answer.ts';
import { createMasking } from './masking.ts';
import { planOf } from './plan.ts';

const ANSWERING = [...endpoints, ...operations, realTime];
const mask = createMask('test');

describe('every path', () => {
  it('answers with fields that are declared: sensitive, or telling nobody', () => {
    const undeclared = new Set<string>();
    for (const { name, answerSchema } of ANSWERING)
      planOf(name, answerSchema, (field) => undeclared.add(`${name}.${field}`));
    expect([...undeclared].sort()).toEqual([]);
  });

  it('that shows people has something to hide, and no other has', () => {
    expect(ANSWERING.filter((path) => answerPlan(path) !== null).map(({ name }) => name)).toEqual([
      'analytics.churn',
      'analytics.segments.members',
      'analytics.funnels.people',
      'analytics.cohorts.members',
      'privacy.request',
      'privacy.requests',
      'privacy.show',
      'product.funnel-progress',
      'privacy.consent.history',
    ]);
  });

  it('of GraphQL answers without people', () => {
    expect(questions.filter(({ asks }) => answerPlan(asks) !== null).map(({ field }) => field)).toEqual([]);
  });

  it('that streams shows nobody: what lasts is not masked', () => {
    expect(answerPlan(realTime)).toBeNull();
  });
});

const PEOPLE = {
  people: [
    {
      person: 'u:anna',
      user_id: 'anna',
      comment: 'call me',
      properties: { prompt: 'my name is', tokens: 3, ok: true },
    },
  ],
  total: 1,
  next_after: 'u:anna',
};
const asked: (string | undefined)[] = [];
const operation = defineOperation({
  method: 'GET',
  path: '/api/v1/people',
  name: 'people',
  action: 'people',
  summary: 'People',
  description: 'For this test.',
  parameters: z.strictObject({ after: z.string().optional() }),
  pathParameters: z.strictObject({}),
  bodySchema: null,
  answerSchema: z.object({
    people: z.array(
      z.object({
        person: z.string(),
        user_id: z.string().nullable(),
        comment: z.string(),
        properties: z.record(z.string(), z.unknown()),
      }),
    ),
    total: z.int(),
    next_after: z.string().nullable(),
  }),
  example: '',
  async run({ query: { after } }) {
    asked.push(after);
    return { status: 200, body: PEOPLE };
  },
});
const MASKED = {
  people: [
    {
      person: `u:${mask('id', 'anna')}`,
      user_id: mask('id', 'anna'),
      comment: '[masked]',
      properties: { prompt: '[masked]', tokens: 3, ok: true },
    },
  ],
  total: 1,
};

describe('whoever may not see people', () => {
  let api: TestApi;
  afterEach(() => api.close());
  const get = async (credential: string, query = '') => {
    const response = await fetch(`${api.url}/api/v1/people${query}`, {
      headers: { authorization: `Bearer ${credential}` },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('sees them masked, by key and by token; others see them as they are', async () => {
    const provider = await createTestTokens();
    api = await startTestApi({ operations: [operation], tokens: provider.tokens });
    for (const credential of [
      api.addKey('analyst', { unmasked: false }),
      await provider.make({ roles: ['analyst'] }),
    ])
      expect((await get(credential)).body).toMatchObject(MASKED);
    for (const credential of [
      api.addKey('analyst', { unmasked: true }),
      api.addKey('admin', { unmasked: false }),
      await provider.make({ roles: ['analyst', 'unmasked'] }),
    ])
      expect((await get(credential)).body).toEqual(PEOPLE);
  });

  it('turns pages by what no id can be read from, and by nothing else', async () => {
    api = await startTestApi({ operations: [operation] });
    const key = api.addKey('analyst', { unmasked: false });
    const next = String((await get(key)).body['next_after']);
    expect(Buffer.from(next, 'base64url').toString('latin1')).not.toContain('anna');
    await get(key, `?after=${next}`);
    expect(asked.at(-1)).toBe('u:anna');
    const before = asked.length;
    const changed = `${next.startsWith('A') ? 'B' : 'A'}${next.slice(1)}`;
    for (const after of ['u:anna', '', 'x', changed, createMasking('other').seal('u:anna')]) {
      const { status, body } = await get(key, `?after=${after}`);
      expect([after, status, body['code']]).toEqual([after, 400, 'invalid_parameter']);
    }
    expect(asked.length).toBe(before);
  });

  it('sees them masked in GraphQL too', async () => {
    api = await startTestApi();
    const ports = {
      masking: async () => createMasking('test'),
      nowMs: Date.now,
    } as unknown as QueryPorts;
    const caller = { id: 'k', role: 'analyst', datasets: null } as const;
    const none = new URLSearchParams();
    const ask = (unmasked: boolean) => createAsk({ ...caller, unmasked }, ports)(operation, none, none);
    expect(await ask(false)).toMatchObject(MASKED);
    expect(await ask(true)).toEqual(PEOPLE);
  });
});
