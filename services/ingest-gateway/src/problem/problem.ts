import { HttpProblem, type ProblemOptions } from '@fineprint/http-kit';
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

/** Ends a request with a problem+json answer. */
export class Problem extends HttpProblem<Code, ItemError> {
  constructor(code: Code, detail: string, options: ProblemOptions<ItemError> = {}) {
    super(code, codes[code], detail, options);
  }
}
