import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';
import { seeded } from '../random.ts';
import { sendRequests } from './ai-requests.ts';
import { checkAnswers, checkComparison, type ExpectedCost } from './cost-answers.ts';
import { type CostRequest, costsOf, sumOf } from './costs.ts';

const REQUESTS = 900;
const SEED = 43;
const VISIBLE_WITHIN_MS = 20_000;
/** An import is used after this at the latest (AI_PRICES_REFRESH_MS, and one reading). */
const PRICES_USED_AFTER_MS = 3_000;
const SPREAD_MS = 6 * 60_000;
const PROVIDER = 'mission';
const VERSION = '1.0.0';
/** Standard costs what the book says, batch half of it; nobody has a price for the last one. */
const TIERS = [undefined, 'standard', 'batch', 'unheard-of'] as const;

/** Imports prices through the command line, as a file. */
async function importPrices(context: MissionContext, entries: readonly object[]): Promise<void> {
  const file = path.join(os.tmpdir(), `${context.run}-prices.json`);
  writeFileSync(file, JSON.stringify({ currency: 'USD', source: 'mission', entries }));
  const { code, err } = await context.command('prices', 'import', file);
  rmSync(file);
  if (code !== 0) throw new Error(`prices import: ${err}`);
}

/** Odd prices, so that requests have to be rounded; a cheaper cache; from `changeAt` on another price. */
async function bringPrices(context: MissionContext, changeAt: string): Promise<void> {
  const { run } = context;
  const entry = { provider: PROVIDER, model: `${run}-cost-*`, tier_multipliers: { batch: '0.5' } };
  const before = { input: '3.1416', cached_input: '0.31416', output: '12.0002' };
  await importPrices(context, [{ ...entry, ...before, effective_from: '2020-01-01' }]);
  const after = { input: '1.0000002', output: '7.1' };
  await importPrices(context, [{ ...entry, ...after, effective_from: changeAt }]);
  const list = await context.command('prices', 'list', '--model', `${run}-cost-`, '--history', '--json');
  const prices = JSON.parse(list.out) as { superseded_at: string | null }[];
  same('prices in force', prices.filter((p) => p.superseded_at === null).length, 4);
  same('superseded prices', prices.filter((p) => p.superseded_at !== null).length, 2);
  const at = await context.command(
    'prices',
    'list',
    '--model',
    `${run}-cost-`,
    '--at',
    '2021-01-01',
    '--json',
  );
  const dayPrices = JSON.parse(at.out) as { service_tier: string; input: string }[];
  same('prices of a day', dayPrices.map((p) => p.input).sort(), ['1.5708', '3.1416']);
}

/** A third of a model in all tiers, a third in the standard one alone, a third of a model that nobody priced. */
function makeRequests(model: string, standard: string, unknown: string): CostRequest[] {
  const random = seeded(SEED);
  const endMs = Date.now() - 1_000;
  return Array.from({ length: REQUESTS }, (_, i) => {
    const input = Math.floor(random() * 4_000);
    const name = [model, standard, unknown][i % 3] as string;
    const tier = name === standard ? undefined : TIERS[Math.floor(random() * 8)];
    const success = random() > 0.1;
    return {
      event_id: randomUUID(),
      event_time: new Date(endMs - Math.floor(random() * SPREAD_MS)).toISOString(),
      model_name: name,
      model_version: VERSION,
      provider: PROVIDER,
      user_id: `user-${i % 11}`,
      input_tokens: input,
      cached_tokens: random() < 0.4 ? Math.floor(input * random()) : 0,
      output_tokens: Math.floor(random() * 900),
      ...(tier === undefined ? {} : { service_tier: tier }),
      latency: 100 + i,
      success,
      ...(success ? {} : { error_type: 'timeout' }),
      confidence_score: 0.5,
      cost_estimate: 0.001,
    };
  });
}

interface Costs {
  readonly nanos: number | null;
  readonly usd: number | null;
  readonly priced: number;
  readonly unpriced: number;
  readonly estimated: number;
}

async function checkTables(
  context: MissionContext,
  requests: readonly CostRequest[],
  changeMs: number,
): Promise<ExpectedCost> {
  const model = requests[0]?.model_name;
  const costs = costsOf(requests, changeMs);
  for (const granularity of ['minute', 'hour', 'day'])
    await context.eventually(VISIBLE_WITHIN_MS, async () => {
      const [row] = await context.sql<Costs>(
        `SELECT sum(cost_nano_usd) AS nanos, sum(cost_usd) AS usd, sum(priced_requests) AS priced,
           sum(unpriced_requests) AS unpriced, sum(estimated_requests) AS estimated
         FROM fineprint.ai_metrics_${granularity} WHERE model_name = {model:String}`,
        { model },
      );
      same(`requests by ${granularity}`, Number(row?.priced) + Number(row?.unpriced), requests.length);
      same(`priced by ${granularity}`, Number(row?.priced), costs.length);
      same(`cost by ${granularity}`, row?.nanos === null ? null : Number(row?.nanos), sumOf(costs));
      same(`estimates by ${granularity}`, Number(row?.estimated), requests.length);
      if (costs.length === 0) same(`cost_usd by ${granularity}`, row?.usd, null);
    });
  const nanos = sumOf(costs);
  return {
    cost_usd: nanos === null ? null : nanos / 1e9,
    priced_requests: costs.length,
    unpriced_requests: requests.length - costs.length,
  };
}

export const cost: MissionRow = {
  row: 3,
  name: 'Cost',
  async check(context) {
    const model = `${context.run}-cost-model`;
    const standard = `${context.run}-cost-standard`;
    const unknown = `${context.run}-costless`;
    // In the middle of the requests' times, and within a minute.
    const changeMs = Date.now() - SPREAD_MS / 2 + 7;
    await bringPrices(context, new Date(changeMs).toISOString());
    await sleep(PRICES_USED_AFTER_MS);
    const requests = makeRequests(model, standard, unknown);
    await sendRequests(context, requests, SEED);
    const mine = requests.filter((r) => r.model_name === model);
    const others = requests.filter((r) => r.model_name === unknown);
    const whole = requests.filter((r) => r.model_name === standard);
    const known = await checkTables(context, mine, changeMs);
    const all = await checkTables(context, whole, changeMs);
    const none = await checkTables(context, others, Number.NaN);
    same('cost of an unknown model', none.cost_usd, null);
    for (const [name, expected] of [
      [model, known],
      [standard, all],
      [unknown, none],
    ] as const)
      await checkAnswers(context, { model: name, version: VERSION }, expected);
    const successes = whole.filter((r) => r.success).length;
    await checkComparison(
      context,
      [
        { name: standard, cost: all, perSuccess: (all.cost_usd ?? Number.NaN) / successes },
        { name: model, cost: known, perSuccess: null },
        { name: unknown, cost: none, perSuccess: null },
      ],
      VERSION,
    );
    return `${known.priced_requests} of ${mine.length} requests priced, ${known.cost_usd?.toFixed(9)} dollars to the billionth in tables by minute, hour and day, performance-metrics, usage-trends, models, compare-models and real-time, with cached tokens, a batch tier and a price that changed in between; ${known.unpriced_requests} of an unknown tier and ${others.length} of an unknown model null and counted`;
  },
};
