import { afterEach, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi, type TestApiOptions } from '../testing/test-api.ts';
import { pipelineOperations } from './operations.ts';

let api: TestApi;
const start = async (options: TestApiOptions = {}) => {
  api = await startTestApi(options);
};
afterEach(() => api.close());

async function ask(path: string, key = api.key) {
  const response = await fetch(`${api.url}/api/v1/pipeline/${path}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, code: body['code'], body };
}
const database = {
  query: async () => ({ rows: [], rowCount: 0 }),
  transaction: () => Promise.reject(new Error('nothing is written here')),
};
const SQL = encodeURIComponent("x' OR 1=1 --");

describe('the pipeline', () => {
  it.each([
    ['live?x=1', 400, 'unknown_parameter'],
    ['groups?stage=x', 400, 'unknown_parameter'],
    ['throughput?step_seconds=0', 400, 'invalid_parameter'],
    ['throughput?step_seconds=1e9', 400, 'invalid_parameter'],
    ['throughput?from=yesterday', 400, 'invalid_time'],
    ['throughput?from=2026-01-02&to=2026-01-01', 422, 'invalid_range'],
    ['throughput?from=2024-01-01&to=2026-01-01&step_seconds=86400', 422, 'range_too_large'],
    ['throughput?from=2026-01-01&to=2026-01-02&step_seconds=5', 422, 'range_too_large'],
    ['events?limit=201', 400, 'invalid_parameter'],
    ['events?stream=raw', 400, 'invalid_parameter'],
    ['events?name=a%00', 400, 'invalid_parameter'],
    [`events?limit=${SQL}`, 400, 'invalid_parameter'],
    ['dead-letters?offset=-1', 400, 'invalid_parameter'],
    ['dead-letters?stage=', 400, 'invalid_parameter'],
    [`dead-letters?stage=${'x'.repeat(201)}`, 400, 'invalid_parameter'],
    ['dead-letters?stage=a&stage=b', 400, 'repeated_parameter'],
    ['dead-letter-counts?from=1970-01-01&to=2199-01-01', 422, 'range_too_large'],
    ['books?since=1', 400, 'unknown_parameter'],
  ])('refuses %s', async (path, status, code) => {
    await start({ database });
    expect(await ask(path)).toMatchObject({ status, code });
    expect(api.asked).toEqual([]);
  });

  it('hands names to ClickHouse beside the question, never in it', async () => {
    await start({ database });
    for (const path of [
      `events?name=${SQL}&source=${SQL}`,
      `dead-letters?stage=${SQL}&reason=${SQL}`,
      `dead-letter-counts?reason=${SQL}`,
    ])
      expect((await ask(path)).status).toBe(200);
    expect(api.asked.length).toBeGreaterThan(2);
    for (const { query } of api.asked) expect(query).not.toContain('OR 1=1');
  });

  it('is there for those who run it: no money and nobody’s data in it', async () => {
    await start({ database });
    for (const { path } of pipelineOperations.filter((o) => !o.path.endsWith('/groups'))) {
      const name = path.replace('/api/v1/pipeline/', '');
      expect((await ask(name, api.addKey('operator'))).status, name).toBe(200);
    }
  });

  it('says that Kafka is away, and everything else all the same', async () => {
    await start({ database });
    const { body } = await ask('live');
    expect(body).toMatchObject({ kafka: 'unavailable', problems: [{ code: 'kafka_unavailable' }] });
    expect(await ask('groups')).toMatchObject({ status: 503, code: 'kafka_unavailable' });
  });

  it('tells a key its role and what it may do', async () => {
    await start();
    const response = await fetch(`${api.url}/api/v1/session`, {
      headers: { authorization: `Bearer ${api.key}` },
    });
    expect(await response.json()).toMatchObject({
      role: 'analyst',
      may: expect.arrayContaining(['pipeline']),
    });
  });
});
