import { type MissionContext, type MissionRow, same, within } from '../mission/row.ts';
import { exactQuantile, makeRequests, type SentRequest, sendRequests, sum, VERSIONS } from './ai-requests.ts';

const REQUESTS = 1_200;
const SEED = 41;
const VISIBLE_WITHIN_MS = 60_000;
const RELATIVE_ERROR = 0.01;

interface Merged {
  readonly requests: number;
  readonly successes: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly input: number;
  readonly output: number;
  readonly minutes: number;
  readonly p50: number;
  readonly p99: number;
}

/** The same question at every granularity: the views must agree with each other and with the requests. */
const question = (granularity: string) => `
  WITH
    (bins, counts, q) -> bins[arrayFirstIndex(c -> c > floor(q * (arraySum(counts) - 1)), arrayCumSum(counts))] AS bin_at,
    bin -> sign(bin) * 2 * pow(1.02, abs(bin) - 2000) / 2.02 AS value_of
  SELECT
    toInt32(n) AS requests, toInt32(ok) AS successes, errs AS errors, toInt32(i) AS input, toInt32(o) AS output,
    toInt32(w) AS minutes, value_of(bin_at(m.1, m.2, 0.5)) AS p50, value_of(bin_at(m.1, m.2, 0.99)) AS p99
  FROM
  (
    SELECT sum(requests) AS n, sum(successes) AS ok, sumMap(errors) AS errs, sum(input_tokens) AS i, sum(output_tokens) AS o,
      uniqExact(window_start) AS w, sumMap(latency_ms_bins, latency_ms_bin_counts) AS m
    FROM fineprint.ai_metrics_${granularity}
    WHERE model_name = {model:String} AND model_version = {version:String}
  )`;

function agree(merged: Merged | undefined, requests: readonly SentRequest[]): number {
  const latencies = requests.map((r) => r.latency);
  same('requests', merged?.requests ?? 0, requests.length);
  same('successes', merged?.successes, requests.filter((r) => r.success).length);
  same('input tokens', merged?.input, sum(requests.map((r) => r.input_tokens)));
  same('output tokens', merged?.output, sum(requests.map((r) => r.output_tokens)));
  for (const type of ['timeout', 'rate_limit'])
    same(
      `errors ${type}`,
      Number(merged?.errors[type] ?? 0),
      requests.filter((r) => r.error_type === type).length,
    );
  return Math.max(
    within('p50', merged?.p50 ?? Number.NaN, exactQuantile(latencies, 0.5), RELATIVE_ERROR),
    within('p99', merged?.p99 ?? Number.NaN, exactQuantile(latencies, 0.99), RELATIVE_ERROR),
  );
}

export const aiMetrics: MissionRow = {
  row: 1,
  name: 'AI metrics',
  async check(context: MissionContext) {
    const model = `${context.run}-metrics`;
    const requests = makeRequests(model, REQUESTS, SEED);
    await sendRequests(context, requests, SEED);
    let worst = 0;
    let minutes = 0;
    for (const granularity of ['minute', 'hour', 'day'])
      for (const version of VERSIONS) {
        const mine = requests.filter((r) => r.model_version === version);
        await context.eventually(VISIBLE_WITHIN_MS, async () => {
          const [merged] = await context.sql<Merged>(question(granularity), { model, version });
          worst = Math.max(worst, agree(merged, mine));
          if (granularity === 'minute') minutes = Math.max(minutes, merged?.minutes ?? 0);
        });
      }
    return `${REQUESTS} requests, shuffled and a fifth sent twice: by minute (${minutes} windows), hour and day, counts, tokens and errors by type exact; p50 and p99 at most ${worst.toFixed(2)} % off`;
  },
};
