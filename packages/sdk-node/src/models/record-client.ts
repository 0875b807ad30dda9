import type { AiCalls } from '@fineprint/sdk-core';
import { type Recording, type RecordOptions, recordMethod } from './record-calls.ts';
import { anthropicUsage, openAiUsage } from './usage.ts';

type Service = AiCalls<Promise<string | null>>;

/** Method (by its way from the client) → what it is called in the data. */
type Methods = Readonly<Record<string, string>>;

const OPENAI: Methods = {
  'chat.completions.create': 'chat',
  'responses.create': 'chat',
  'embeddings.create': 'embedding',
};
const ANTHROPIC: Methods = { 'messages.create': 'chat' };

/**
 * The same client, but every `chat.completions.create`, `responses.create` and `embeddings.create` of it is recorded, streams too.
 * Any client of this shape will do.
 */
export function recordOpenAI<C extends object>(client: C, service: Service, options: RecordOptions = {}): C {
  return intercept(client, '', OPENAI, { ...options, service, provider: 'openai', usageOf: openAiUsage });
}

/** The same client, but every `messages.create` of it is recorded, streams too. */
export function recordAnthropic<C extends object>(
  client: C,
  service: Service,
  options: RecordOptions = {},
): C {
  return intercept(client, '', ANTHROPIC, {
    ...options,
    service,
    provider: 'anthropic',
    usageOf: anthropicUsage,
  });
}

/** The client's objects on the way to a method, each seen through a proxy; all else is the client's own. */
function intercept<C extends object>(
  target: C,
  way: string,
  methods: Methods,
  recording: Omit<Recording, 'operation'>,
): C {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof name !== 'string') return value;
      const here = way + name;
      const operation = Object.hasOwn(methods, here) ? methods[here] : undefined;
      if (typeof value === 'function')
        return operation === undefined
          ? value.bind(target)
          : recordMethod(value.bind(target), { ...recording, operation });
      const isOnTheWay = Object.keys(methods).some((known) => known.startsWith(`${here}.`));
      return isOnTheWay && typeof value === 'object' && value !== null
        ? intercept(value, `${here}.`, methods, recording)
        : value;
    },
  });
}
