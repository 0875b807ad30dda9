import type { Endpoint } from '../ai/endpoint.ts';
import { endpoints } from '../ai/endpoints.ts';
import { actionRules } from '../keys/access.ts';
import { operations } from '../operations/index.ts';
import type { Operation } from '../operations/operation.ts';
import { camelCase } from './names.ts';

/** One field of the query: a path of the API that only reads. */
export interface GraphqlQuestion {
  readonly field: string;
  /** Against `limits.maxCost`. */
  readonly cost: number;
  readonly asks: Endpoint | Operation;
}

/** ClickHouse is asked; an operation looks rows up, but for those that read the books. */
const ENDPOINT_COST = 5;
const OPERATION_COST = 1;
const costOf = ({ action }: Operation): number => (action === 'pipeline' ? ENDPOINT_COST : OPERATION_COST);

export const isOperation = (asks: Endpoint | Operation): asks is Operation => 'run' in asks;

/** Who looks at single people is to be told from the path they asked: those paths have no field. */
const isOpen = ({ action }: Endpoint | Operation): boolean => !actionRules[action].isAudited;

/** All of them, as /openapi.json names them. What is streamed or is a file has no GraphQL form. */
export const questions: readonly GraphqlQuestion[] = [
  ...endpoints.filter(isOpen).map((asks) => ({ field: camelCase(asks.name), cost: ENDPOINT_COST, asks })),
  ...operations
    .filter((asks) => asks.method === 'GET' && isOpen(asks))
    .map((asks) => ({ field: camelCase(asks.name), cost: costOf(asks), asks })),
];

/** By the field's name; what GraphQL answers of itself costs nothing. */
export const costs: ReadonlyMap<string, number> = new Map(questions.map(({ field, cost }) => [field, cost]));
