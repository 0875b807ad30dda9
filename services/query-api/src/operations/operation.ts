import type { z } from 'zod';
import type { Warehouse } from '../clickhouse/warehouse.ts';
import type { RunningExperiments } from '../experiments/running-experiments.ts';
import type { Action } from '../keys/access.ts';
import type { ApiKey } from '../keys/api-key.ts';
import { type Parameters, readParameters } from '../params/read-parameters.ts';
import type { PipelineWatch } from '../pipeline/watch.ts';
import type { Database } from '../postgres/database.ts';
import type { PrivacySettings } from '../privacy/settings.ts';
import { readBodyFields } from './read-body-fields.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What an operation works with. */
export interface OperationContext {
  readonly database: Database;
  readonly warehouse: Warehouse;
  readonly experiments: RunningExperiments;
  readonly pipeline: Pick<PipelineWatch, 'see'>;
  /** Null where no key is set. */
  readonly privacy: PrivacySettings | null;
  /** Who asks. */
  readonly key: ApiKey;
  /** Whom an act is about, as the audit log keeps it; null where no key for that is configured. */
  readonly subjectHash: ((subject: string) => string) | null;
  readonly nowMs: number;
}

/** A request as it came: nothing of it is checked yet. */
export interface OperationRequest {
  readonly query: URLSearchParams;
  readonly path: URLSearchParams;
  /** Parsed JSON; undefined where the method has no body, or none came that may be left out. */
  readonly body: unknown;
}

export interface OperationAnswer {
  readonly status: 200 | 201;
  readonly body: object;
}

/** A path and method that changes something, or whose answer is not of ClickHouse's data alone: never cached. */
export interface Operation {
  readonly method: Method;
  /** With `{name}` for each path parameter. */
  readonly path: string;
  readonly name: string;
  readonly action: Action;
  readonly summary: string;
  readonly description: string;
  readonly parameters: Parameters;
  readonly pathParameters: Parameters;
  readonly bodySchema: z.ZodType | null;
  readonly answerSchema: z.ZodType;
  /** What follows `curl`'s address: a query, or a body. */
  readonly example: string;
  run(request: OperationRequest, context: OperationContext): Promise<OperationAnswer>;
}

/** Whether the body may be left out. */
export const mayLackBody = ({ bodySchema }: Pick<Operation, 'bodySchema'>): boolean =>
  bodySchema === null || bodySchema.safeParse(undefined).success;

/** An operation by its schemas: `run` gets what they have let through. */
export interface OperationSpec<Q extends Parameters, P extends Parameters, B extends z.ZodType>
  extends Omit<Operation, 'run' | 'bodySchema'> {
  readonly parameters: Q;
  readonly pathParameters: P;
  readonly bodySchema: B | null;
  run(
    given: { readonly query: z.output<Q>; readonly path: z.output<P>; readonly body: z.output<B> },
    context: OperationContext,
  ): Promise<OperationAnswer>;
}

export function defineOperation<
  Q extends Parameters,
  P extends Parameters,
  B extends z.ZodType = z.ZodUndefined,
>(spec: OperationSpec<Q, P, B>): Operation {
  const { parameters, pathParameters, bodySchema } = spec;
  return {
    ...spec,
    // async: a refused parameter rejects like everything else
    async run({ query, path, body }, context) {
      return spec.run(
        {
          query: readParameters(parameters, query),
          path: readParameters(pathParameters, path),
          body: (bodySchema === null ? undefined : readBodyFields(bodySchema, body)) as z.output<B>,
        },
        context,
      );
    },
  };
}
