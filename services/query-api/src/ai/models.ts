import { z } from 'zod';
import type { Warehouse } from '../clickhouse/warehouse.ts';
import { name, wholeNumber } from '../params/fields.ts';
import { readParameters } from '../params/read-parameters.ts';
import { isoOf } from '../params/time-range.ts';
import { costFields, NO_COST, toCost } from './cost.ts';
import type { Endpoint, EndpointContext } from './endpoint.ts';
import { type ModelCosts, readModelCosts } from './model-costs.ts';

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
  ...costFields,
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

interface Page {
  readonly rows: readonly Row[];
  readonly costs: ModelCosts;
}

/** Pages from one name on are parts of the longest, so what was read for one limit answers the others. */
const latest = new WeakMap<Warehouse, { readonly key: string; readonly page: Promise<Page> }>();

function readLatest(after: string, warehouse: Warehouse, dataVersion: string): Promise<Page> {
  const key = JSON.stringify([dataVersion, after]);
  const known = latest.get(warehouse);
  if (known?.key === key) return known.page;
  const page = readPage(after, warehouse);
  latest.set(warehouse, { key, page });
  page.catch(() => {
    if (latest.get(warehouse)?.page === page) latest.delete(warehouse); // told to all who wait, asked again by the next
  });
  return page;
}

async function readPage(after: string, warehouse: Warehouse): Promise<Page> {
  const rows = await warehouse.rows<Row>({ query: QUERY, values: { after, limit: MAX_LIMIT + 1 } });
  const costs = await readModelCosts(warehouse, after, rows.at(-1)?.model ?? '', MAX_VERSIONS);
  return { rows, costs };
}

async function answer({ after = '', limit }: Given, { warehouse }: EndpointContext, dataVersion: string) {
  const { rows, costs } = await readLatest(after, warehouse, dataVersion);
  const page = rows.slice(0, limit);
  return {
    models: page.map((row) => ({
      model: row.model,
      requests: row.requests,
      errors: row.errors,
      first_seen: isoOf(row.first),
      last_seen: isoOf(row.last),
      ...toCost(costs.ofModel(row.model) ?? NO_COST),
      version_count: row.version_count,
      versions: row.versions.map(([last, version, first, requests, errors]) => ({
        version,
        requests,
        errors,
        first_seen: isoOf(first),
        last_seen: isoOf(last),
        ...toCost(costs.ofVersion(row.model, version) ?? NO_COST),
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
  description: 'With how many requests, when the first and the last, and what they cost.',
  parameters,
  answerSchema,
  example: '?limit=20',
  prepare(query, _path, context) {
    const given = readParameters(parameters, query);
    return { key: JSON.stringify(given), answer: (dataVersion) => answer(given, context, dataVersion) };
  },
};
