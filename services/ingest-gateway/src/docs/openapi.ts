import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { RouteShape } from '../event/read-event.ts';
import { productSchemas } from '../event/schemas.ts';
import { aiShapes, consentShape, isAiKind, productShapes, type Shape } from '../event/shapes.ts';
import { type IngestRoute, ingestRoutes, PIXEL_PATH } from '../http/routes.ts';
import { type Code, codes } from '../problem/codes.ts';
import { examples } from './examples.ts';

const codeNames = Object.keys(codes) as [Code, ...Code[]];

const itemError = z
  .object({
    index: z.int().meta({ description: "The event's place in the request, from 0." }),
    event_id: z.uuid().optional(),
    code: z.enum(codeNames),
    path: z.string().meta({ description: 'JSON path in the event.', example: '$.user_id' }),
    message: z.string(),
  })
  .meta({ id: 'ItemError' });

const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(codeNames),
    detail: z.string(),
    instance: z.string().meta({ description: 'Names this answer; our log names it too.' }),
    errors: z.array(itemError).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details with a stable code.' });

const answer = z
  .object({
    accepted: z.array(z.object({ index: z.int(), event_id: z.uuid() })),
    rejected: z.array(itemError),
  })
  .meta({
    id: 'IngestAnswer',
    description: 'Kafka has confirmed all of this, refused events as dead letters.',
  });

/** The shapes a route takes. */
function shapesOf(shape: RouteShape): readonly Shape[] {
  if (shape === 'consent') return [consentShape];
  if (isAiKind(shape)) return [aiShapes[shape]];
  if (shape === 'any_ai') return Object.values(aiShapes);
  return shape === 'any_product' ? Object.values(productShapes) : [productShapes[shape]];
}

/** A shape as producers send it: the kind may be left out where the path or the default says it. */
function inputSchema(shape: Shape) {
  const { name, schema, names } = shape;
  const others = [...names].filter(([given, field]) => given !== field);
  const aliases = others.map(([given, field]) => `\`${given}\` for \`${field}\``).join(', ');
  const description = `Names accepted besides: ${aliases}.`;
  const fields = { ...schema.shape };
  if (name === 'consent') return z.strictObject(fields).meta({ id: 'Consent', description });
  if (isAiKind(name)) {
    const id = name === 'ai_request' ? 'AiRequest' : 'AiFeedback';
    return z.strictObject(fields).meta({ id, description });
  }
  const kind = productSchemas[name].shape.kind.optional();
  return z.strictObject({ ...fields, kind }).meta({ id: `Product_${name}`, description });
}

const inputs = new Map(
  [...Object.values(aiShapes), ...Object.values(productShapes), consentShape].map((s) => [
    s.name,
    inputSchema(s),
  ]),
);

const problemResponse = (status: number) => {
  const those = codeNames.filter((code) => codes[code].status === status);
  return {
    description: those.map((code) => `\`${code}\`: ${codes[code].title}.`).join(' '),
    content: { 'application/problem+json': { schema: problem } },
    ...(status === 429 || status === 503
      ? { headers: z.object({ 'Retry-After': z.string().meta({ description: 'Seconds.' }) }) }
      : {}),
  };
};

const problems = Object.fromEntries(
  [400, 401, 403, 408, 413, 415, 429, 500, 503].map((status) => [String(status), problemResponse(status)]),
) as Record<`${400 | 401 | 403 | 408 | 413 | 415 | 429 | 500 | 503}`, ReturnType<typeof problemResponse>>;

function operation(route: IngestRoute): ZodOpenApiOperationObject {
  const shapes = shapesOf(route.shape);
  const [first, ...more] = shapes.map((s) => inputs.get(s.name)).filter((s) => s !== undefined);
  if (first === undefined) throw new Error(`${route.path} takes no shape`);
  const event = more.length === 0 ? first : z.union([first, ...more]);
  const envelope = z.strictObject({
    events: z.array(event),
    sent_at: z.union([z.string(), z.number()]).optional(),
  });
  const body = z.union([event, z.array(event), envelope]);
  const shown = Object.fromEntries(shapes.map((s) => [s.name, { value: examples[s.name] }]));
  return {
    summary: route.summary,
    operationId: `post${route.path.replaceAll(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    security: [{ bearer: [] }, { writeKeyHeader: [] }, { basic: [] }],
    requestParams: {
      header: z.object({
        'Idempotency-Key': z.string().max(255).optional().meta({
          description: 'Makes the ids of events that have none; a retry with the same one counts once.',
        }),
        'Content-Encoding': z.enum(['gzip', 'deflate', 'br', 'zstd']).optional(),
      }),
    },
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: body, examples: shown },
        'application/x-ndjson': { schema: z.string().meta({ description: 'One event per line.' }) },
        'text/plain': { schema: z.string().meta({ description: "JSON, from the browser's sendBeacon." }) },
      },
    },
    responses: {
      '202': {
        description: 'At least one event is stored. Each is listed as accepted or rejected.',
        content: { 'application/json': { schema: answer } },
      },
      ...problems,
    },
  };
}

const pixelOperation: ZodOpenApiOperationObject = {
  summary: 'Track one event by an image',
  description:
    'Parameters are the fields of a product event; `p.<name>` are properties. Without `kind` and `event_name` it is a page view.',
  requestParams: {
    query: z.object({
      write_key: z.string(),
      kind: z.string().optional(),
      event_name: z.string().optional(),
    }),
  },
  responses: {
    '200': { description: 'A transparent pixel; the event is stored.', content: { 'image/gif': {} } },
    ...problems,
  },
};

/** The API as an OpenAPI 3.1 document, made from the schemas that check requests. */
export function openApiDocument() {
  const paths: ZodOpenApiPathsObject = { [PIXEL_PATH]: { get: pixelOperation } };
  for (const route of ingestRoutes) paths[route.path] = { post: operation(route) };
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Fine Print AI: ingest gateway',
      version: '1.0.0',
      description:
        'Takes product events, AI requests, feedback on them, and consent. An answer of 202 means that they are stored.',
    },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A write key.' },
        writeKeyHeader: { type: 'apiKey', in: 'header', name: 'X-Write-Key' },
        basic: { type: 'http', scheme: 'basic', description: 'The write key as the user, no password.' },
      },
    },
  });
}
