import { type Code, codes } from './codes.ts';

/** One thing wrong with one event. Holds paths, types and bounds, never a value. */
export interface Issue {
  readonly code: Code;
  /** Where in the event, as a JSON path. */
  readonly path: string;
  readonly message: string;
}

/** An event of a batch that was refused. */
export interface ItemError extends Issue {
  readonly index: number;
  readonly event_id?: string;
}

export interface ProblemOptions {
  readonly retryAfterS?: number;
  readonly errors?: readonly ItemError[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Ends a request with a problem+json answer. */
export class Problem extends Error {
  readonly code: Code;
  readonly retryAfterS: number | undefined;
  readonly errors: readonly ItemError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: Code, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.retryAfterS = options.retryAfterS;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return codes[this.code].status;
  }
}

/** RFC 9457 body. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: Code;
  readonly detail: string;
  readonly instance: string;
  readonly errors?: readonly ItemError[];
}

export function problemBody(problem: Problem, instance: string): ProblemBody {
  const { title, advice, status } = codes[problem.code];
  return {
    type: `urn:fineprint:problem:${problem.code}`,
    title,
    status,
    code: problem.code,
    detail: `${problem.message} ${advice}`,
    instance,
    ...(problem.errors.length === 0 ? {} : { errors: problem.errors }),
  };
}
