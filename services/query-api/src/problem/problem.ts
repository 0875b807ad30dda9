import { HttpProblem, type ProblemOptions } from '@fineprint/http-kit';
import { type Code, codes } from './codes.ts';

/** One parameter that is wrong. Holds names and bounds, never a value. */
export interface Issue {
  readonly code: Code;
  readonly parameter: string;
  readonly message: string;
}

/** Ends a request with a problem+json answer. */
export class Problem extends HttpProblem<Code, Issue> {
  constructor(code: Code, detail: string, options: ProblemOptions<Issue> = {}) {
    super(code, codes[code], detail, options);
  }
}
