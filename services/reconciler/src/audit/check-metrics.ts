import { SEGMENT_OFFSETS } from '@fineprint/ai-metrics';
import { type Books, type Chain, type Finding, gap, offsetSince, type Watermark } from '@fineprint/ledger';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import type { RowCheck } from './check-rows.ts';
import { hasPassed, readLoaded, readWatermarks } from './positions.ts';
import { markOf } from './removal-marks.ts';
import { erasedFrom } from './row-sums.ts';
import type { Warehouse } from './warehouse.ts';

const INPUT = 'ai.requests.clean';
const SNAPSHOTS = 'ai.metrics';

/** Requests of a partition's segment. */
interface Counted {
  readonly partition: number;
  readonly segment: number;
  /** Those in the table of requests. */
  readonly requests: number;
  /** Those that the windows of the segment count. */
  readonly counted: number;
  /** At most so many the aggregator refused: they are in the table of requests and in no window. */
  readonly refused: number;
}

/**
 * A window's snapshots say how many requests of a segment they count, and a segment is a stretch of offsets of the
 * requests' topic. So per segment the current snapshots count as many requests as its rows are. What is still being
 * counted is compared only while nothing moves; ended segments always.
 */
export async function checkMetrics(
  books: Books,
  { warehouse, admin }: { readonly warehouse: Warehouse; readonly admin: TopicAdmin },
  { findings: known, marks }: RowCheck,
): Promise<Finding[]> {
  const chains = books.chains.filter((c) => c.stage === 'ai-aggregator' && c.topic === INPUT);
  if (chains.length === 0) return [];
  const before = await readWatermarks(admin, [INPUT, SNAPSHOTS]);
  const loaded = await readLoaded(warehouse, admin, [INPUT, SNAPSHOTS]);
  if (!hasPassed(loaded, before, [INPUT, SNAPSHOTS])) return [];
  const first = Math.min(...chains.map((c) => segmentOf(c.fromOffset)));
  const counted = await readCounted(warehouse, first);
  const after = await readWatermarks(admin, [INPUT, SNAPSHOTS]);
  const removedBeforeMs = Math.max(
    ...['ai_requests', 'ai_metrics'].map((table) => markOf(marks, 'clickhouse', table)),
  );
  return chains.flatMap((chain) => {
    const { partition } = chain;
    if (known.some((f) => f.table === 'ai_requests' && f.partition === partition)) return [];
    const isQuiet =
      isSameEnd(before, after, INPUT, partition) &&
      isSameEnd(before, after, SNAPSHOTS, partition) &&
      chain.nextOffset === before.get(`${INPUT}/${partition}`)?.high;
    return counted
      .filter((c) => c.partition === partition && c.segment >= firstWhole(chain, removedBeforeMs))
      .filter((c) => isQuiet || c.segment + SEGMENT_OFFSETS <= chain.nextOffset)
      .flatMap((c) => compare(chain, c));
  });
}

const segmentOf = (offset: number) => offset - (offset % SEGMENT_OFFSETS);

/** The first segment of which neither requests nor windows were removed because their time was over. */
function firstWhole(chain: Chain, removedBeforeMs: number): number {
  const since = offsetSince(chain, removedBeforeMs);
  return since === chain.fromOffset ? segmentOf(since) : Math.ceil(since / SEGMENT_OFFSETS) * SEGMENT_OFFSETS;
}

const isSameEnd = (
  before: ReadonlyMap<string, Watermark>,
  after: ReadonlyMap<string, Watermark>,
  topic: string,
  partition: number,
) => before.get(`${topic}/${partition}`)?.high === after.get(`${topic}/${partition}`)?.high;

const segmentSql = (offset: string) => `intDiv(${offset}, ${SEGMENT_OFFSETS}) * ${SEGMENT_OFFSETS}`;

/** All of a segment, which may have begun before the window that is audited. */
async function readCounted(warehouse: Warehouse, first: number): Promise<Counted[]> {
  return warehouse.rows<Counted>(
    `SELECT partition, segment, sum(r) AS requests, sum(c) AS counted, sum(d) AS refused FROM (
      SELECT _partition AS partition, ${segmentSql('_offset')} AS segment, count() AS r, 0 AS c, 0 AS d
      FROM fineprint.ai_requests WHERE _topic = '${INPUT}' AND _offset >= {first:Int64} GROUP BY partition, segment
      UNION ALL
      SELECT _partition AS partition, ${segmentSql('_offset')} AS segment, count() AS r, 0 AS c, 0 AS d
      FROM fineprint.erased_rows FINAL WHERE _topic = {topic:String} AND _offset >= {first:Int64} AND ${erasedFrom('ai_requests')}
      GROUP BY partition, segment
      UNION ALL
      SELECT _partition AS partition, segment, 0 AS r, sum(requests) AS c, 0 AS d
      FROM fineprint.ai_metrics FINAL WHERE segment >= {first:Int64} GROUP BY partition, segment
      UNION ALL
      SELECT partition, arrayJoin(range(${segmentSql('first_offset')}, max(next_offset), ${SEGMENT_OFFSETS})) AS segment, 0 AS r, 0 AS c,
        max(arraySum(arrayMap((kind, n) -> if(kind = 'dead_lettered', n, 0), line_kinds, line_records))) AS d
      FROM fineprint.pipeline_ledger
      WHERE stage = 'ai-aggregator' AND role = 'account' AND topic = '${INPUT}' AND next_offset > {first:Int64}
      GROUP BY partition, first_offset)
    GROUP BY partition, segment`,
    { first, topic: INPUT },
  );
}

function compare(chain: Chain, { segment, requests, counted, refused }: Counted): Finding[] {
  const lacking = requests - counted;
  if (lacking >= 0 && lacking <= refused) return [];
  return [
    gap('metrics_differ', chain, {
      fromOffset: segment,
      toOffset: segment + SEGMENT_OFFSETS,
      records: Math.abs(lacking),
      table: 'ai_metrics',
      message: `ai_requests has ${requests} requests of these offsets, and the windows of ai_metrics count ${counted}`,
      hint: `Rows of ai_metrics were removed or added by hand, or snapshots were lost. Load ${SNAPSHOTS} again, or have the aggregator count again: set its group back to ${segment} of partition ${chain.partition} after emptying this segment's snapshots.`,
    }),
  ];
}
