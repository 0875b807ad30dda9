import type { Question, Warehouse } from '../clickhouse/warehouse.ts';
import { type Block, NUMBERS, type NumberName, numberNames, SKETCHES, WIDTH } from './block.ts';
import { readBlock } from './read-block.ts';

/** Ratings that came after their requests, as rows of the requests' windows that hold nothing else. */
export interface FeedbackReader {
  at(version: string): Promise<Block | null>;
}

const RATED: Readonly<Partial<Record<NumberName, string>>> = {
  feedback: 'sum(score_sum)',
  feedback_count: 'toFloat64(sum(raters))',
};
const EMPTY = { sum: '0.', min: 'inf', max: '-inf' } as const;
/** Of each row an empty list. */
const NO_BINS = 'groupArray(toUInt32(0)), []::Array(Int32), []::Array(Int64)';

/** Feedback whose request is not stored (yet) is in no row. */
function feedbackQuestion(): Question {
  const numbers = numberNames.map((name) => RATED[name] ?? EMPTY[NUMBERS[name].merge]);
  return {
    query: `SELECT groupArray(toFloat64(minute * 60000)), groupArray(series),
        groupArrayArray(arrayResize(numbers, ${WIDTH})),
        ${SKETCHES.map(() => NO_BINS).join(', ')},
        groupArray(toUInt32(0)), []::Array(String), []::Array(Int64)
      FROM (
        SELECT intDiv(toUnixTimestamp64Milli(event_time), 60000) AS minute, toJSONString([model_name, model_version,
            ifNull(provider, ''), ifNull(experiment_id, ''), ifNull(variant, '')]) AS series, [${numbers.join(', ')}] AS numbers
        FROM fineprint.ai_requests AS r INNER JOIN fineprint.ai_feedback_by_request AS f ON f.request_id = r.event_id
        WHERE r.event_id IN (SELECT request_id FROM fineprint.ai_feedback)
        GROUP BY minute, series ORDER BY minute
      )`,
    values: {},
  };
}

/** Reads all of it once per version; an empty version stands for none. */
export function createFeedbackReader(warehouse: Pick<Warehouse, 'binary'>): FeedbackReader {
  let latest: { readonly version: string; readonly block: Promise<Block> } | null = null;
  return {
    at(version) {
      if (version === '') return Promise.resolve(null);
      if (latest?.version === version) return latest.block;
      const block = warehouse.binary(feedbackQuestion()).then(readBlock);
      const entry = { version, block };
      latest = entry;
      block.catch(() => {
        if (latest === entry) latest = null; // told to all who wait, asked again by the next
      });
      return block;
    },
  };
}
