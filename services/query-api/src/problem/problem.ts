import { HttpProblem, type ProblemOptions } from '@fineprint/http-kit';
import { type Code, codes } from './codes.ts';

/** One parameter, or place in a body, that is wrong. Holds names and bounds, never a value. */
export interface Issue {
  /** A code of the list, or of the definition that was refused. */
  readonly code: string;
  readonly parameter: string;
  readonly message: string;
}

/** Ends a request with a problem+json answer. */
export class Problem extends HttpProblem<Code, Issue> {
  constructor(code: Code, detail: string, options: ProblemOptions<Issue> = {}) {
    super(code, codes[code], detail, options);
  }
}
