import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ModelServer {
  readonly url: string;
  close(): Promise<void>;
}

const OPENAI_USAGE = {
  ...{ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  prompt_tokens_details: { cached_tokens: 4 },
};
const RESPONSE_USAGE = { input_tokens: 12, output_tokens: 6, input_tokens_details: { cached_tokens: 3 } };
const CLAUDE_USAGE = { input_tokens: 7, cache_read_input_tokens: 20, cache_creation_input_tokens: 3 };

const chunk = (delta: object, more: object = {}) => ({
  ...{ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o-2024-08-06' },
  ...{ choices: [{ index: 0, delta, finish_reason: null }], ...more },
});
const message = {
  ...{ id: 'm1', type: 'message', role: 'assistant', model: 'claude-test-1' },
  ...{ content: [{ type: 'text', text: 'Hello' }], stop_reason: 'end_turn', stop_sequence: null },
};
const response = { id: 'r1', object: 'response', model: 'gpt-4.1-2025-04-14', output: [] };

/** Path → what the vendors' documentation says is answered there: at once, and as a stream. */
const ANSWERS: Readonly<Record<string, { readonly whole: object; readonly parts: readonly object[] }>> = {
  '/chat/completions': {
    whole: {
      ...{ id: 'c1', object: 'chat.completion', created: 1, model: 'gpt-4o-2024-08-06', usage: OPENAI_USAGE },
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
    },
    parts: [
      chunk({ role: 'assistant', content: 'Hel' }),
      chunk({ content: 'lo' }),
      chunk({}, { choices: [], usage: OPENAI_USAGE }),
    ],
  },
  '/responses': {
    whole: { ...response, usage: RESPONSE_USAGE },
    parts: [
      { type: 'response.created', response },
      { type: 'response.output_text.delta', delta: 'Hello' },
      { type: 'response.completed', response: { ...response, usage: RESPONSE_USAGE } },
    ],
  },
  '/embeddings': {
    whole: {
      object: 'list',
      model: 'text-embedding-3-small',
      data: [],
      usage: { prompt_tokens: 8, total_tokens: 8 },
    },
    parts: [],
  },
  '/v1/messages': {
    whole: { ...message, usage: { ...CLAUDE_USAGE, output_tokens: 9 } },
    parts: [
      {
        type: 'message_start',
        message: { ...message, content: [], usage: { ...CLAUDE_USAGE, output_tokens: 1 } },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } },
      { type: 'message_stop' },
    ],
  },
};

function toEvent(part: object): string {
  const type = 'type' in part ? `event: ${String(part.type)}\n` : '';
  return `${type}data: ${JSON.stringify(part)}\n\n`;
}

/** Answers as OpenAI and Anthropic document it; a model called `limited` is refused with 429. */
export async function startModelServer(): Promise<ModelServer> {
  const server = createServer((request, reply) => {
    let body = '';
    request.on('data', (part) => {
      body += String(part);
    });
    request.on('end', () => {
      const { model, stream } = JSON.parse(body) as { model: string; stream?: boolean };
      const answer = ANSWERS[request.url ?? ''];
      if (model === 'limited' || answer === undefined) {
        reply.writeHead(answer === undefined ? 404 : 429, { 'content-type': 'application/json' });
        reply.end('{"type":"error","error":{"type":"rate_limit_error","message":"slower"}}');
        return;
      }
      if (stream !== true) {
        reply.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.whole));
        return;
      }
      reply.writeHead(200, { 'content-type': 'text/event-stream' });
      reply.end(
        answer.parts.map(toEvent).join('') + (request.url === '/chat/completions' ? 'data: [DONE]\n\n' : ''),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
