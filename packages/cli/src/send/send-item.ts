import type { Api } from './mapping.ts';

/** An event on its way, as the JSON text that is sent. */
export interface SendItem {
  /** Its line in the file, from 1. */
  readonly line: number;
  readonly api: Api;
  readonly json: string;
  /** Whose event it is: events of one subject keep their order. Undefined where nobody is named. */
  readonly subject: string | undefined;
}

/** A line that is no event, or that the gateway refused. Its message holds nothing of the line. */
export interface BadLine {
  readonly line: number;
  readonly code: string;
  readonly message: string;
  readonly path?: string;
}

export type ReadLine = { readonly item: SendItem } | { readonly bad: BadLine };
