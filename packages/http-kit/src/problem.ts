/** A refusal: the HTTP status when it is the whole answer, its title, and what the client can do. */
export interface CodeDefinition {
  readonly status: number;
  readonly title: string;
  readonly advice: string;
}

/** A service's closed list of codes. Stable: clients switch on them. */
export type CodeList = Readonly<Record<string, CodeDefinition>>;

/** What Node's parser and every router can refuse. Each service's list holds these. */
export const httpCodes = {
  not_found: { status: 404, title: 'No such path', advice: 'See /docs for the paths.' },
  method_not_allowed: { status: 405, title: 'Method not allowed', advice: 'Use the method in `Allow`.' },
  bad_request: { status: 400, title: 'Not a valid HTTP request', advice: 'Check headers and framing.' },
  headers_too_large: { status: 431, title: 'Headers too large', advice: 'Send smaller headers.' },
  request_timeout: { status: 408, title: 'Request took too long', advice: 'Send the whole request at once.' },
} as const satisfies CodeList;

export interface ProblemOptions<E extends object = object> {
  readonly retryAfterS?: number;
  /** What is wrong in detail, where there can be several things. */
  readonly errors?: readonly E[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Ends a request with a problem+json answer. Each service derives its own, over its own codes. */
export class HttpProblem<C extends string = string, E extends object = object> extends Error {
  readonly code: C;
  readonly definition: CodeDefinition;
  readonly retryAfterS: number | undefined;
  readonly errors: readonly E[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: C, definition: CodeDefinition, detail: string, options: ProblemOptions<E> = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.definition = definition;
    this.retryAfterS = options.retryAfterS;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return this.definition.status;
  }
}

/** RFC 9457 body. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly instance: string;
  readonly errors?: readonly object[];
}

export function problemBody(problem: HttpProblem, instance: string): ProblemBody {
  const { title, advice, status } = problem.definition;
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
