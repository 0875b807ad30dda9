import { freshInstance, problemBody, send } from '@fineprint/http-kit';
import {
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { type Call, notAcceptable } from '../http/call.ts';
import { readBodyFields } from '../operations/read-body-fields.ts';
import { Problem } from '../problem/problem.ts';
import { createAsk } from './ask.ts';
import { limits, type Measured, measure } from './limits.ts';
import { graphqlOperation } from './operation.ts';
import { costs } from './questions.ts';

/** The second, of the GraphQL-over-HTTP specification, for those who ask for it. */
const MEDIA_TYPES = ['application/json', 'application/graphql-response+json'];
const MAX_ERRORS = 20;

/** Answers a GraphQL request: 400 where nothing could be run, 200 where something was, with `errors` for what failed. */
export async function handleGraphql(schema: GraphQLSchema, call: Call): Promise<void> {
  const { req, res, ports, headers, caller } = call;
  const onError: OnError = (problem, instance) =>
    ports.onServerError(problem, instance, graphqlOperation.name);
  const type = req.accepts(MEDIA_TYPES);
  if (!type) throw notAcceptable();
  const body = readBodyFields(graphqlOperation.bodySchema, call.body);
  const read = readDocument(schema, body.query, body.operationName ?? undefined);
  const answer = (status: number, content: object) =>
    send(res, status, type, JSON.stringify(content), { ...headers, vary: 'Accept' });
  if ('errors' in read) {
    answer(400, { errors: read.errors.map((error) => publicError(error, onError)) });
    return;
  }
  const { data, errors } = await execute({
    schema,
    document: read.document,
    operationName: body.operationName ?? null,
    variableValues: body.variables ?? null,
    contextValue: { ask: createAsk(caller, ports) },
  });
  const problems = errors?.map((error) => publicError(error, onError));
  answer(data === undefined ? 400 : 200, {
    data,
    ...(problems === undefined ? {} : { errors: problems }),
    extensions: { cost: read.measured.cost, max_cost: limits.maxCost },
  });
}

type OnError = (problem: Problem, instance: string) => void;

type Read =
  | { readonly document: DocumentNode; readonly measured: Measured }
  | { readonly errors: readonly GraphQLError[] };

/** Parsed, valid against the schema, and within the limits. */
function readDocument(schema: GraphQLSchema, text: string, operationName: string | undefined): Read {
  let document: DocumentNode;
  try {
    document = parse(text, { maxTokens: limits.maxTokens });
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [refused('graphql_syntax', error.message, error)] };
    throw error;
  }
  const invalid = validate(schema, document, undefined, { maxErrors: MAX_ERRORS });
  if (invalid.length > 0) return { errors: invalid.map((e) => refused('graphql_invalid', e.message, e)) };
  const operation = getOperationAST(document, operationName);
  if (!operation) return { errors: [refused('graphql_invalid', 'operationName names no one operation.')] };
  const measured = measure(document, operation, (field) => costs.get(field) ?? 0);
  const excess = excessOf(measured, operation);
  return excess === null ? { document, measured } : { errors: [refused('graphql_too_large', excess)] };
}

function excessOf({ depth, cost, aliases }: Measured, operation: OperationDefinitionNode): string | null {
  if (cost > limits.maxCost)
    return `It costs ${cost}, and ${limits.maxCost} is the most: ask in several requests.`;
  if (aliases > limits.maxAliases)
    return `It holds ${aliases} aliases, and ${limits.maxAliases} is the most.`;
  // The standard question for the schema goes deeper than any answer, and is answered from memory.
  if (depth > limits.maxDepth && !asksForSchemaOnly(operation))
    return `It is ${depth} levels deep, and ${limits.maxDepth} is the most.`;
  return null;
}

const asksForSchemaOnly = ({ selectionSet }: OperationDefinitionNode): boolean =>
  selectionSet.selections.every((s) => s.kind === 'Field' && s.name.value.startsWith('__'));

type RequestCode = 'graphql_syntax' | 'graphql_invalid' | 'graphql_too_large';

const refused = (code: RequestCode, message: string, at?: GraphQLError): GraphQLError =>
  new GraphQLError(message, {
    ...(at === undefined ? {} : { nodes: at.nodes, source: at.source, positions: at.positions }),
    extensions: { code },
  });

/** Codes as on every other path; what we did not foresee is logged, and told as no more than that. */
function publicError(error: GraphQLError, onError: OnError) {
  const { originalError } = error;
  const { message, locations, path, extensions } = error.toJSON();
  const at = { locations, ...(path === undefined ? {} : { path }) };
  // Of the request and not of a field: variables that do not fit.
  if (path === undefined || originalError === undefined || originalError === null)
    return { message, ...at, extensions: { code: 'graphql_invalid', ...extensions } };
  const problem =
    originalError instanceof Problem
      ? originalError
      : new Problem('internal', 'Something failed here.', { cause: originalError });
  const { detail, code, status, instance, errors } = problemBody(problem, freshInstance());
  if (status >= 500) onError(problem, instance);
  return {
    message: detail,
    ...at,
    extensions: { code, status, instance, ...(errors === undefined ? {} : { errors }) },
  };
}
