import type { ExperimentDefinition } from '@fineprint/experiments';
import { IN_RANGE } from '../ai/where.ts';
import type { Question } from '../clickhouse/warehouse.ts';
import { EXPOSURE_EVENT } from './exposure-event.ts';

/** Whose exposures count, and of what time. */
export interface Scope {
  readonly id: string;
  readonly unit: ExperimentDefinition['unit'];
  readonly variants: readonly string[];
  readonly fromMs: number;
  /** Null while it runs: then everything after the start counts. */
  readonly toMs: number | null;
}

/** No event is later: gateway and schemas bound times. */
const NEVER_MS = Date.UTC(2200, 0, 1);

export const scopeValues = ({ id, variants, fromMs, toMs }: Scope): Question['values'] => ({
  experiment: id,
  variants,
  from: fromMs,
  to: toMs ?? NEVER_MS,
});

/** What a unit can be told by, in both tables. */
const IDS = `user_id, if(user_id IS NULL, anonymous_id, NULL) AS alias, session_id, event_id`;

/** Rows of a table within the range, with what `unit` is made of. */
export const rowsOf = (table: 'ai_requests' | 'product_events', columns: string, condition: string) =>
  `SELECT ${IDS}, event_time, ${columns} FROM fineprint.${table} WHERE ${condition} AND ${IN_RANGE}`;

/**
 * Rows with `unit`, empty where nobody is named. A user is the same person as in product_events_by_person: the user, else
 * the user that the anonymous id was identified as, else the anonymous id.
 */
export function withUnit(unit: Scope['unit'], rows: string): string {
  if (unit === 'request') return `SELECT *, toString(event_id) AS unit FROM (${rows})`;
  if (unit === 'session') return `SELECT *, ifNull(session_id, '') AS unit FROM (${rows})`;
  return `
    SELECT *, multiIf(
      user_id IS NOT NULL, concat('u:', assumeNotNull(user_id)),
      owner != '', concat('u:', owner),
      alias IS NOT NULL, concat('a:', assumeNotNull(alias)),
      '') AS unit
    FROM (${rows}) AS named
    LEFT JOIN (
      SELECT anonymous_id AS linked, argMax(user_id, revision) AS owner FROM fineprint.identity_links GROUP BY linked
    ) AS links ON named.alias = links.linked`;
}

/** AI requests that name the experiment and a variant. */
export const EXPOSING_REQUEST = `experiment_id = {experiment:String} AND variant != ''`;

const exposureRows = (unit: Scope['unit']): string => {
  const requests = rowsOf('ai_requests', `assumeNotNull(variant)::String AS said`, EXPOSING_REQUEST);
  // A request is exposed by itself; an event of a product names none.
  if (unit === 'request') return requests;
  const property = (name: string) => `JSONExtractString(properties, '${name}')`;
  const events = rowsOf(
    'product_events',
    `${property('variant')} AS said`,
    `event_name = '${EXPOSURE_EVENT}' AND kind = 'track' AND ${property('experiment_id')} = {experiment:String}
      AND ${property('variant')} != ''`,
  );
  return `${requests} UNION ALL ${events}`;
};

/** Every unit that saw something; who saw two variants has a first and a last one, by their names. */
const seenUnits = ({ unit }: Scope): string => `
  SELECT unit, min(said) AS variant, max(said) AS last_variant, min(event_time) AS first_seen, count() AS exposures
  FROM (${withUnit(unit, exposureRows(unit))}) GROUP BY unit`;

/** Units that count: of one variant of the definition. */
export const countedUnits = (scope: Scope): string => `
  SELECT unit, variant, first_seen FROM (${seenUnits(scope)})
  WHERE unit != '' AND variant = last_variant AND has({variants:Array(String)}, variant)`;

export type Standing = 'counted' | 'crossed' | 'unknown_variant' | 'nobody';

export interface UnitRow {
  readonly standing: Standing;
  /** Of those that count; else empty. */
  readonly name: string;
  readonly units: number;
  readonly exposures: number;
}

/** How many units saw each variant, and who is left out. */
export function unitsQuestion(scope: Scope): Question {
  // A request is in one row, so nothing has to be grouped by it: that is most of the work where there are many.
  const units =
    scope.unit === 'request'
      ? `SELECT 'request' AS unit, said AS variant, said AS last_variant, 1 AS exposures FROM (${exposureRows('request')})`
      : seenUnits(scope);
  return {
    query: `
      SELECT
        multiIf(unit = '', 'nobody', variant != last_variant, 'crossed', has({variants:Array(String)}, variant), 'counted',
          'unknown_variant') AS standing,
        if(standing = 'counted', variant, '') AS name, count() AS units, sum(exposures) AS exposures
      FROM (${units}) GROUP BY standing, name`,
    values: scopeValues(scope),
  };
}
