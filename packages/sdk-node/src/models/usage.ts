/** What an answer of a model says of itself, as far as it is known yet. */
export interface Usage {
  readonly model?: string | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly cachedTokens?: number | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const count = (value: unknown) => (typeof value === 'number' ? value : undefined);
const text = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** OpenAI: chat completions, responses, embeddings, and the parts of their streams. Cached tokens are among the input's. */
export function openAiUsage(answer: unknown): Usage {
  const outer = fieldsOf(answer);
  // A part of a stream of `responses` holds the response.
  const body = 'response' in outer ? fieldsOf(outer['response']) : outer;
  const usage = fieldsOf(body['usage']);
  const details = fieldsOf(usage['prompt_tokens_details'] ?? usage['input_tokens_details']);
  const inputTokens = count(usage['prompt_tokens'] ?? usage['input_tokens']);
  return {
    model: text(body['model']),
    inputTokens,
    // Embeddings write none.
    outputTokens:
      count(usage['completion_tokens'] ?? usage['output_tokens']) ??
      (inputTokens === undefined ? undefined : 0),
    cachedTokens: count(details['cached_tokens']),
  };
}

/** Anthropic: messages, and the parts of their streams. Cached tokens stand beside the input's; here they are among them. */
export function anthropicUsage(answer: unknown): Usage {
  const outer = fieldsOf(answer);
  const body = 'message' in outer ? fieldsOf(outer['message']) : outer;
  const usage = fieldsOf(body['usage']);
  const cachedTokens = count(usage['cache_read_input_tokens']);
  const fresh = count(usage['input_tokens']);
  const inputTokens =
    fresh === undefined
      ? undefined
      : fresh + (cachedTokens ?? 0) + (count(usage['cache_creation_input_tokens']) ?? 0);
  return {
    model: text(body['model']),
    inputTokens,
    outputTokens: count(usage['output_tokens']),
    cachedTokens,
  };
}

/** A stream tells its usage in pieces; what comes later is truer. */
export function mergeUsage(before: Usage, later: Usage): Usage {
  return {
    model: later.model ?? before.model,
    inputTokens: later.inputTokens ?? before.inputTokens,
    outputTokens: later.outputTokens ?? before.outputTokens,
    cachedTokens: later.cachedTokens ?? before.cachedTokens,
  };
}
