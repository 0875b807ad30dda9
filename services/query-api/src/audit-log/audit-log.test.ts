import { createSubjectHash } from '@fineprint/audit-log';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type KeyedRoute, keyedRoutes } from '../http/routes.ts';
import { actionRules, mayDo } from '../keys/access.ts';
import type { Role } from '../keys/api-key.ts';
import { operations } from '../operations/index.ts';
import { defineOperation } from '../operations/operation.ts';
import { startTestApi, type TestApi, type TestApiOptions } from '../testing/test-api.ts';

const NOBODY = '00000000-0000-4000-8000-000000000000';
let api: TestApi;
afterEach(() => api.close());
const start = async (options: TestApiOptions = {}) => {
  api = await startTestApi(options);
};

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
}

async function ask(method: string, path: string, key: string, body?: string): Promise<Answer> {
  const response = await fetch(api.url + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      accept: 'application/json',
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    code: text.startsWith('{') ? (JSON.parse(text) as { code?: string }).code : '',
  };
}

/** What the log has to say of one request. */
function expectedOf({ name, rule }: KeyedRoute, role: Role, { status, code }: Answer): unknown[] {
  if (!actionRules[rule.action].isAudited) return [];
  if (!mayDo(role, rule.action)) return [[name, role, 'denied', 'forbidden']];
  const failed = status >= 400 ? [[name, role, 'failed', code]] : [];
  return [[name, role, 'allowed', null], ...failed];
}

describe('the audit log', () => {
  it.each(['admin', 'analyst'] as const)(
    'holds each use of an audited route by %s before it is answered, each refusal, and nothing of the others',
    async (role) => {
      await start();
      const key = api.addKey(role);
      const wrong: string[] = [];
      for (const route of keyedRoutes()) {
        const before = api.acts.length;
        const path = route.path.replaceAll(/\{\w+\}/g, NOBODY);
        const answer = await ask(route.method, path, key, route.body === 'none' ? undefined : '{}');
        const acts = api.acts.slice(before).map((act) => [act.action, act.role, act.outcome, act.code]);
        if (JSON.stringify(acts) !== JSON.stringify(expectedOf(route, role, answer)))
          wrong.push(`${route.method} ${route.path}: ${answer.status} ${JSON.stringify(acts)}`);
      }
      expect(wrong).toEqual([]);
      expect(api.acts[0]?.actor).toMatch(/^api_key:id-\d+$/);
      expect(JSON.stringify(api.acts)).not.toContain('fpa_');
    },
    60_000,
  );

  it('names people by their keyed hash, and things by their names', async () => {
    await start();
    await ask('GET', '/api/v1/product/funnel/checkout/progress?user_id=user-42', api.key);
    await ask('DELETE', '/api/v1/analytics/funnels/checkout', api.key);
    await ask('POST', '/api/v1/keys', api.addKey('admin'), '{"kind":"api","name":"anna","role":"admin"}');
    expect(api.acts.filter(({ outcome }) => outcome === 'allowed')).toMatchObject([
      {
        action: 'product.funnel-progress',
        object: 'checkout',
        subject: createSubjectHash('test')('user-42'),
      },
      { object: 'checkout', subject: null },
      { action: 'keys.create', object: 'anna', subject: null },
    ]);
    expect(JSON.stringify(api.acts)).not.toContain('user-42');
    const [first, failed] = api.acts;
    expect(first?.requestId).toBe(failed?.requestId);
  });

  it('comes first: what cannot be written down is not done', async () => {
    let isDone = false;
    const stop = operations.find(({ name }) => name === 'keys.list');
    const audited = defineOperation({
      method: 'POST',
      path: '/things',
      name: 'things',
      action: 'keys',
      summary: 's',
      description: 'd',
      parameters: z.strictObject({}),
      pathParameters: z.strictObject({}),
      bodySchema: null,
      answerSchema: z.object({}),
      example: '',
      run: async () => {
        isDone = true;
        return { status: 200, body: {} };
      },
    });
    await start({ auditLogAway: true, operations: stop === undefined ? [audited] : [audited, stop] });
    const admin = api.addKey('admin');
    expect(await ask('POST', '/things', admin)).toEqual({ status: 503, code: 'audit_log_unavailable' });
    expect(isDone).toBe(false);
    expect((await ask('GET', '/api/v1/exports', admin)).status).toBe(404);
    expect((await ask('GET', '/api/v1/ai/models', admin)).status).toBe(200);
  });
});

describe('its list', () => {
  const asked: unknown[][] = [];
  const database = {
    query: async (_text: string, values: unknown[] = []) => {
      asked.push(values);
      return { rows: [], rowCount: 0 };
    },
    transaction: () => Promise.reject(new Error('none')),
  };
  it.each([
    ['', 200],
    ["?actor=' OR 1=1 --&action=x&object=y&outcome=denied&request_id=z&before=5&limit=1000", 200],
    ['?from=2026-01-01&to=2026-02-01&user_id=user-42', 200],
    ['?from=2026-02-01&to=2026-01-01', 422],
    ['?limit=0', 400],
    ['?limit=1001', 400],
    ['?before=0', 400],
    ['?before=1e3', 400],
    ['?before=99999999999999999999', 400],
    ['?outcome=fine', 400],
    ['?actor=', 400],
    [`?actor=${'x'.repeat(301)}`, 400],
    ['?actor=a%00b', 400],
    ['?actor=a&actor=b', 400],
    ['?subject=x', 400],
    ['?order=at', 400],
  ])('by %s: %s', async (query, status) => {
    await start({ database });
    expect((await ask('GET', `/api/v1/audit-log${query}`, api.addKey('privacy_officer'))).status).toBe(
      status,
    );
    expect(JSON.stringify(asked)).not.toContain('user-42');
  });
});
