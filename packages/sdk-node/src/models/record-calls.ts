import type { About, AiCalls, ModelRequest } from '@fineprint/sdk-core';
import { mergeUsage, type Usage } from './usage.ts';

export interface RecordOptions {
  /** Asked at each call: whom it is about. */
  readonly about?: () => About;
  /** What is known of every call: `operation`, `region`, `experimentId`, … */
  readonly request?: Partial<ModelRequest>;
  /** The version to record; the model that answered, if left out. */
  readonly version?: string;
}

/** What is recorded of one method. */
export interface Recording extends RecordOptions {
  readonly service: AiCalls<Promise<string | null>>;
  readonly provider: string;
  readonly operation: string;
  readonly usageOf: (answer: unknown) => Usage;
}

type Method = (this: unknown, ...given: unknown[]) => unknown;

const bodyOf = (given: readonly unknown[]) => Object(given[0]) as { model?: unknown; stream?: unknown };

/** A method that makes a call to a model, and tells of each how it went. What it answers stays as it was. */
export function recordMethod(method: Method, recording: Recording): Method {
  return function (this: unknown, ...given: unknown[]) {
    const call = startCall(String(bodyOf(given).model), recording);
    let result: unknown;
    try {
      result = method.apply(this, given);
    } catch (error) {
      call.failed(error);
      throw error;
    }
    if (!isPromise(result)) return result;
    if (bodyOf(given).stream === true)
      return result.then(
        (stream) => watchStream(stream, call),
        (error: unknown) => {
          call.failed(error);
          throw error;
        },
      );
    // Beside it, so that a client's own kind of promise is answered.
    result.then(
      (answer) => {
        call.seen(answer);
        call.ended();
      },
      (error: unknown) => call.failed(error),
    );
    return result;
  };
}

interface Call {
  /** An answer, or a part of one. */
  seen(part: unknown): void;
  ended(): void;
  failed(error: unknown): void;
}

function startCall(asked: string, { service, usageOf, provider, operation, ...options }: Recording): Call {
  const startMs = performance.now();
  const about = options.about?.() ?? {};
  let usage: Usage = {};
  let firstMs: number | undefined;
  let parts = 0;
  let isTold = false;
  const tell = (outcome: Partial<ModelRequest>) => {
    if (isTold) return;
    isTold = true;
    const isKnown = usage.inputTokens !== undefined && usage.outputTokens !== undefined;
    // A call that failed used none; a stream may say nothing of its own.
    const properties = isKnown || outcome.success === false ? {} : { properties: { tokens: 'unknown' } };
    void service.trackModelRequest(asked, options.version ?? usage.model ?? asked, {
      ...{ provider, operation, ...options.request, ...about, ...outcome, ...properties },
      ...{ inputTokens: usage.inputTokens ?? 0, outputTokens: usage.outputTokens ?? 0 },
      ...{ cachedTokens: usage.cachedTokens, latency: performance.now() - startMs },
      timeToFirstToken: parts > 1 ? firstMs : undefined,
    });
  };
  return {
    seen(part) {
      parts++;
      firstMs ??= performance.now() - startMs;
      usage = mergeUsage(usage, usageOf(part));
    },
    ended: () => tell({ success: true }),
    failed: (error) => tell({ success: false, errorType: nameOf(error) }),
  };
}

/** The stream itself, but told of as it is read. One that is left early ended well: its reader had enough. */
function watchStream(stream: unknown, call: Call): unknown {
  if (!isAsyncIterable(stream)) return stream;
  const watched = async function* () {
    try {
      for await (const part of stream) {
        call.seen(part);
        yield part;
      }
    } catch (error) {
      call.failed(error);
      throw error;
    } finally {
      call.ended();
    }
  };
  return new Proxy(stream, {
    get(target, name) {
      if (name === Symbol.asyncIterator) return watched;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The error's class, as clients name them: RateLimitError, APIConnectionError, … */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Error';
  return error.constructor.name === '' ? error.name : error.constructor.name;
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

const isAsyncIterable = (value: unknown): value is object & AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
