import { z } from 'zod';
import type { Warehouse } from '../clickhouse/warehouse.ts';
import { name, wholeNumber } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { isoOf } from '../params/time-range.ts';
import type { Endpoint, EndpointContext } from './endpoint.ts';

/** A model has seldom more; beyond, the newest are shown. */
const MAX_VERSIONS = 200;
const MAX_LIMIT = 500;

const parameters = z.strictObject({
  after: name('The `next_after` of the page before.').optional(),
  limit: wholeNumber({ min: 1, max: MAX_LIMIT, byDefault: 100, description: 'Models of a page' }),
});
type Given = z.output<typeof parameters>;

const seen = {
  requests: z.int(),
  errors: z.int(),
  first_seen: z.iso.datetime(),
  last_seen: z.iso.datetime(),
};
const answerSchema = z
  .object({
    models: z.array(
      z.object({
        model: z.string(),
        ...seen,
        version_count: z.int(),
        versions: z
          .array(z.object({ version: z.string(), ...seen }))
          .meta({ description: `The ${MAX_VERSIONS} seen last, newest first.` }),
      }),
    ),
    next_after: z.string().nullable().meta({ description: '`after` for the next page; null on the last.' }),
  })
  .meta({ id: 'Models', description: 'In the order of their names.' });

interface Row {
  readonly model: string;
  readonly requests: number;
  readonly errors: number;
  readonly first: number;
  readonly last: number;
  readonly version_count: number;
  /** Last seen, version, first seen, requests, errors. */
  readonly versions: readonly (readonly [number, string, number, number, number])[];
}

/** Versions first, then models: the first grouping is the table's order. */
const QUERY = `
  SELECT
    model_name AS model, sum(n) AS requests, sum(failed) AS errors, min(first_ms) AS first, max(last_ms) AS last,
    count() AS version_count,
    arraySlice(arrayReverseSort(groupArray((last_ms, model_version, first_ms, n, failed))), 1, ${MAX_VERSIONS}) AS versions
  FROM (
    SELECT model_name, model_version, count() AS n, countIf(NOT success) AS failed,
      toUnixTimestamp64Milli(min(event_time)) AS first_ms, toUnixTimestamp64Milli(max(event_time)) AS last_ms
    FROM fineprint.ai_requests WHERE model_name > {after:String} GROUP BY model_name, model_version
  )
  GROUP BY model ORDER BY model LIMIT {limit:UInt32}`;

/** Pages from one name on are parts of the longest, so what was read for one limit answers the others. */
const latest = new WeakMap<Warehouse, { readonly key: string; readonly rows: Promise<Row[]> }>();

function readRows(after: string, warehouse: Warehouse, dataVersion: string): Promise<Row[]> {
  const key = JSON.stringify([dataVersion, after]);
  const known = latest.get(warehouse);
  if (known?.key === key) return known.rows;
  const rows = warehouse.rows<Row>({ query: QUERY, values: { after, limit: MAX_LIMIT + 1 } });
  latest.set(warehouse, { key, rows });
  rows.catch(() => {
    if (latest.get(warehouse)?.rows === rows) latest.delete(warehouse); // told to all who wait, asked again by the next
  });
  return rows;
}

async function answer({ after = '', limit }: Given, { warehouse }: EndpointContext, dataVersion: string) {
  const rows = await readRows(after, warehouse, dataVersion);
  const page = rows.slice(0, limit);
  return {
    models: page.map((row) => ({
      model: row.model,
      requests: row.requests,
      errors: row.errors,
      first_seen: isoOf(row.first),
      last_seen: isoOf(row.last),
      version_count: row.version_count,
      versions: row.versions.map(([last, version, first, requests, errors]) => ({
        version,
        requests,
        errors,
        first_seen: isoOf(first),
        last_seen: isoOf(last),
      })),
    })),
    next_after: rows.length > limit ? (page.at(-1)?.model ?? null) : null,
  };
}

export const models: Endpoint = {
  path: '/api/v1/ai/models',
  name: 'ai.models',
  action: 'models',
  summary: 'All models and versions that requests have named',
  description: 'With how many requests, and when the first and the last.',
  parameters,
  answerSchema,
  example: '?limit=20',
  prepare(query, _path, context) {
    const given = readParameters(parameters, query);
    return { key: JSON.stringify(given), answer: (dataVersion) => answer(given, context, dataVersion) };
  },
};
