import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { Endpoint } from '../ai/endpoint.ts';
import { endpoints } from '../ai/endpoints.ts';
import { realTime } from '../ai/real-time.ts';
import { exportEndpoint } from '../exports/endpoint.ts';
import { graphqlOperation } from '../graphql/operation.ts';
import { type Action, mayDo } from '../keys/access.ts';
import { type Role, roles } from '../keys/api-key.ts';
import { operations } from '../operations/index.ts';
import { type Method, mayLackBody, type Operation } from '../operations/operation.ts';
import { archiveEndpoint } from '../privacy/archive.ts';
import { type Code, codes } from '../problem/codes.ts';
import { reportEndpoint } from '../reports/show.ts';

const codeNames = Object.keys(codes) as [Code, ...Code[]];

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(codeNames),
    detail: z.string(),
    instance: z.string().meta({ description: 'Names this answer; our log names it too.' }),
    errors: z.array(z.object({ code: z.string(), parameter: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details with a stable code.' });

const problemResponse = (status: number) => {
  const those = codeNames.filter((code) => codes[code].status === status);
  return {
    description: those.map((code) => `\`${code}\`: ${codes[code].title}.`).join(' '),
    content: { 'application/problem+json': { schema: problem } },
  };
};
const STATUSES = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429, 500, 503, 504] as const;
const problems = Object.fromEntries(
  STATUSES.map((status) => [String(status), problemResponse(status)]),
) as Record<`${(typeof STATUSES)[number]}`, ReturnType<typeof problemResponse>>;

const allowedTo = ({ action }: { action: Action }): readonly Role[] =>
  roles.filter((role) => mayDo(role, action));

const textOf = (path: Documented | Omit<Operation, 'run'>): string =>
  `${path.description} For the roles ${allowedTo(path).join(', ')}. Example: \`${path.example}\`.`;

const operationId = (name: string): string =>
  name.replaceAll(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase());

const security = [{ bearer: [] }, { apiKeyHeader: [] }];

function writing(operation: Omit<Operation, 'run'>): ZodOpenApiOperationObject {
  const { bodySchema } = operation;
  return {
    summary: operation.summary,
    description: textOf(operation),
    operationId: operationId(operation.name),
    security,
    requestParams: { query: operation.parameters, path: operation.pathParameters },
    ...(bodySchema === null
      ? {}
      : {
          requestBody: {
            required: !mayLackBody(operation),
            content: { 'application/json': { schema: bodySchema } },
          },
        }),
    responses: {
      '200': {
        description: 'The answer.',
        content: { 'application/json': { schema: operation.answerSchema } },
      },
      ...(operation.method === 'POST' || operation.method === 'PUT'
        ? {
            '201': {
              description: 'Made.',
              content: { 'application/json': { schema: operation.answerSchema } },
            },
          }
        : {}),
      ...problems,
    },
  };
}

type Documented = Omit<Endpoint, 'prepare'>;

const file = { schema: { type: 'string', format: 'binary' } } as const;
const page = { schema: { type: 'string' } } as const;
const pages = { 'text/html': page, 'text/csv': page };
const files = { 'text/csv': file, 'application/x-ndjson': file, 'application/vnd.apache.parquet': file };

const archives = { 'application/gzip': file };
const bodiesOf = new Map<Documented, Readonly<Record<string, { schema: { type: 'string' } }>>>([
  [exportEndpoint, files],
  [reportEndpoint, pages],
  [archiveEndpoint, archives],
]);

function reading(endpoint: Documented): ZodOpenApiOperationObject {
  const isLive = endpoint === realTime;
  const bodies = bodiesOf.get(endpoint) ?? null;
  return {
    summary: endpoint.summary,
    description: textOf(endpoint),
    operationId: operationId(endpoint.name),
    security,
    requestParams: {
      query: endpoint.parameters,
      ...(endpoint.pathParameters === undefined ? {} : { path: endpoint.pathParameters }),
    },
    responses: {
      '200': {
        description: 'The answer.',
        content: {
          ...(bodies ?? { 'application/json': { schema: endpoint.answerSchema } }),
          ...(isLive
            ? {
                'text/event-stream': {
                  schema: z.string().meta({
                    description: 'Events `metrics` with this answer as data, or `problem` with a `code`.',
                  }),
                },
              }
            : {}),
        },
      },
      ...(isLive || bodies !== null
        ? {}
        : { '304': { description: 'Nothing has changed since the answer of this ETag.' } }),
      ...problems,
    },
  };
}

/** The API as an OpenAPI 3.1 document, made from the schemas that check requests. */
export function openApiDocument() {
  const paths: ZodOpenApiPathsObject = {};
  for (const endpoint of [...endpoints, realTime, exportEndpoint, reportEndpoint, archiveEndpoint])
    paths[endpoint.path] = { get: reading(endpoint) };
  for (const operation of [...operations, graphqlOperation]) {
    const method = operation.method.toLowerCase() as Lowercase<Method>;
    paths[operation.path] = { ...paths[operation.path], [method]: writing(operation) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Fine Print AI: query API',
      version: '1.0.0',
      description: 'Reads what the pipeline knows. Every GET takes HEAD too.',
    },
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key, or a token of the identity provider.',
        },
        apiKeyHeader: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
      },
    },
  });
}
