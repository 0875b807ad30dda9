import Anthropic from '@anthropic-ai/sdk';
import { startTestGateway, type TestGateway } from '@fineprint/ingest-gateway/testing';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ModelServer, startModelServer } from '../../testing/model-server.ts';
import { createAnalytics, type NodeAnalytics } from '../client.ts';
import { recordAnthropic, recordOpenAI } from './record-client.ts';

let models: ModelServer;
let gateway: TestGateway;
let client: NodeAnalytics;
beforeAll(async () => {
  models = await startModelServer();
});
afterAll(() => models.close());
beforeEach(async () => {
  gateway = await startTestGateway();
  client = createAnalytics({ gatewayUrl: gateway.url, writeKey: gateway.key, lingerMs: 1 });
});
afterEach(async () => {
  await client.close(0);
  await gateway.close();
});

const about = () => ({ userId: 'user_42' });
const openai = () =>
  recordOpenAI(
    new OpenAI({ apiKey: 'none', baseURL: models.url, maxRetries: 0 }),
    client.aiAnalyticsService,
    { about, request: { region: 'eu' } },
  );
const anthropic = () =>
  recordAnthropic(
    new Anthropic({ apiKey: 'none', baseURL: models.url, maxRetries: 0 }),
    client.aiAnalyticsService,
    { version: '7' },
  );
const recorded = async () => {
  await client.flush();
  return gateway.storedIn('ai.requests.raw');
};
const hello = [{ role: 'user' as const, content: 'Hello?' }];

describe('OpenAI’s own client', () => {
  it('answers as before, and each call is recorded', async () => {
    const completions = openai().chat.completions.create({ model: 'gpt-4o', messages: hello });
    const { data, response } = await completions.withResponse();
    expect([data.choices[0]?.message.content, response.status]).toEqual(['Hello', 200]);
    const answer = await openai().responses.create({ model: 'gpt-4.1', input: 'Hello?' });
    expect(answer.model).toBe('gpt-4.1-2025-04-14');
    await openai().embeddings.create({ model: 'text-embedding-3-small', input: 'Hello' });
    const [chat, reply, embedding] = await recorded();
    expect(chat).toMatchObject({
      ...{ model_name: 'gpt-4o', model_version: 'gpt-4o-2024-08-06', provider: 'openai', operation: 'chat' },
      ...{ input_tokens: 10, output_tokens: 5, cached_tokens: 4, success: true, region: 'eu' },
      ...{ user_id: 'user_42', error_type: null, time_to_first_token_ms: null, properties: '{}' },
    });
    expect(chat?.latency_ms).toBeGreaterThan(0);
    expect(reply).toMatchObject({
      model_name: 'gpt-4.1',
      input_tokens: 12,
      output_tokens: 6,
      cached_tokens: 3,
    });
    expect(embedding).toMatchObject({ operation: 'embedding', input_tokens: 8, output_tokens: 0 });
  });

  it('streams as before; time to the first part and the usage at the end are recorded', async () => {
    const stream = await openai().chat.completions.create({
      ...{ model: 'gpt-4o', messages: hello, stream: true },
      stream_options: { include_usage: true },
    });
    let text = '';
    for await (const part of stream) text += part.choices[0]?.delta.content ?? '';
    expect([text, stream.controller.signal.aborted]).toEqual(['Hello', false]);
    for await (const _ of await openai().responses.create({ model: 'gpt-4.1', input: 'x', stream: true }));
    const [chat, reply] = await recorded();
    expect(chat).toMatchObject({ input_tokens: 10, output_tokens: 5, cached_tokens: 4, success: true });
    expect(chat?.time_to_first_token_ms).toBeLessThanOrEqual(chat?.latency_ms ?? 0);
    expect(reply).toMatchObject({ input_tokens: 12, output_tokens: 6, model_version: 'gpt-4.1-2025-04-14' });
  });

  it('is recorded when it fails, and when its reader stops early', async () => {
    await expect(openai().chat.completions.create({ model: 'limited', messages: hello })).rejects.toThrow(
      '429',
    );
    const refused = openai().chat.completions.create({ model: 'limited', messages: hello, stream: true });
    await expect(refused).rejects.toThrow(OpenAI.RateLimitError);
    for await (const _ of await openai().chat.completions.create({
      ...{ model: 'gpt-4o', messages: hello, stream: true },
    }))
      break;
    expect(await recorded()).toMatchObject([
      { success: false, error_type: 'RateLimitError', input_tokens: 0, properties: '{}' },
      { success: false, error_type: 'RateLimitError' },
      { success: true, properties: '{"tokens":"unknown"}' },
    ]);
  });
});

it('Anthropic’s own client: messages and streams, cached tokens among the input', async () => {
  const params = { model: 'claude-test', max_tokens: 10, messages: hello };
  const { content } = await anthropic().messages.create(params);
  expect(content).toMatchObject([{ text: 'Hello' }]);
  for await (const _ of await anthropic().messages.create({ ...params, stream: true }));
  const error = await anthropic()
    .messages.create({ ...params, model: 'limited' })
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(Anthropic.RateLimitError);
  const whole = {
    ...{ model_name: 'claude-test', model_version: '7', provider: 'anthropic', success: true },
    ...{ input_tokens: 30, cached_tokens: 20, output_tokens: 9 },
  };
  expect(await recorded()).toMatchObject([whole, whole, { success: false, error_type: 'RateLimitError' }]);
});
