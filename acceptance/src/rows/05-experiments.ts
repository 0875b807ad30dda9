import { setTimeout as sleep } from 'node:timers/promises';
import { type MissionContext, type MissionRow, same, within } from '../mission/row.ts';
import { makeHistory, type Person, sendShuffled } from './experiment-history.ts';
import { chanceToBeat, compareRates, compareSamples, meanOf, splitPValue } from './statistics.ts';

const PEOPLE = 600;
const CROSSED = 7;
const SEED = 45;
const WEIGHTS = [1, 3] as const;
const VARIANTS = ['control', 'short'] as const;
const BROKEN_SPLIT = [260, 140] as const;
const VISIBLE_WITHIN_MS = 20_000;
/** Exposures and outcomes lie within this after the start. */
const SPREAD_MS = 1_500;
const PATH = '/api/v1/ai/experiments';

interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}
interface Results {
  readonly variants: readonly { readonly units: number }[];
  readonly left_out: { readonly crossed_units: number };
  readonly sample_ratio: { readonly verdict: string; readonly p_value: number };
  readonly metrics: readonly {
    readonly values: readonly {
      readonly n: number;
      readonly estimate: number;
      readonly conversions: number;
    }[];
  }[];
  readonly treatments: readonly {
    readonly conclusion: string;
    readonly comparisons: readonly {
      readonly difference: Interval;
      readonly p_value: number;
      readonly chance_to_beat_control: number;
      readonly verdict: string;
    }[];
  }[];
}

const definition = (id: string) => ({
  id,
  unit: 'user',
  minimumSamplePerVariant: 50,
  variants: VARIANTS.map((name, i) => ({ name, weight: WEIGHTS[i] })),
  metrics: [
    { name: 'signup', kind: 'conversion', source: 'event:Signed Up', direction: 'increase' },
    { name: 'revenue', kind: 'mean', source: 'event:upgrade.value', direction: 'increase' },
    { name: 'latency', kind: 'mean', source: 'ai.latency_ms', direction: 'decrease', role: 'guardrail' },
  ],
});

/** Answers the body; throws for another status. */
async function expectStatus<T>(
  { ask }: MissionContext,
  status: number,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<T> {
  const answer = await ask(method, `${PATH}${path}`, body);
  same(`${method} ${path.replace(/\?.*/, '')}`, answer.status, status);
  return answer.body as T;
}

/** A draft; the same again, another under its id, and what is none. */
async function create(context: MissionContext, id: string): Promise<void> {
  const draft = definition(id);
  await expectStatus(context, 201, 'POST', '', draft);
  await expectStatus(context, 200, 'POST', '', draft);
  await expectStatus(context, 409, 'POST', '', { ...draft, alpha: 0.01 });
  await expectStatus(context, 422, 'POST', '', { ...draft, variants: [] });
  await expectStatus(context, 422, 'POST', '', {
    ...draft,
    metrics: [{ ...draft.metrics[0], source: 'ai.user_id' }],
  });
  await expectStatus(context, 400, 'GET', `/${encodeURIComponent("x' OR 1=1 --")}`);
  await expectStatus(context, 404, 'GET', `/${id}-unknown/results`);
  await expectStatus(context, 409, 'GET', `/${id}/assignment?unit=u`);
}

async function start(context: MissionContext, id: string): Promise<number> {
  const { started_at } = await expectStatus<{ started_at: string }>(context, 200, 'POST', `/${id}/start`);
  return Date.parse(started_at);
}

/** Asks for everybody, some twice, and holds the answers to the same hash as ClickHouse computes it. */
async function assignAll(context: MissionContext, id: string): Promise<Map<string, string>> {
  const users = Array.from({ length: PEOPLE }, (_, i) => `${context.run}-user-${i}`);
  const assigned = new Map<string, string>();
  for (const user of [...users, ...users.slice(0, 50)]) {
    const path = `/${id}/assignment?unit=${encodeURIComponent(user)}`;
    // A key may ask so many times a second; this is more.
    const { variant } = await context.eventually(VISIBLE_WITHIN_MS, () =>
      expectStatus<{ variant: string }>(context, 200, 'GET', path),
    );
    same('the variant of a user asked for again', assigned.get(user) ?? variant, variant);
    assigned.set(user, variant);
  }
  const rows = await context.sql<{ user: string; variant: string }>(
    `SELECT user, if(murmurHash3_32(concat({id:String}, ':', user)) / pow(2, 32) < {share:Float64}, {a:String}, {b:String}) AS variant
     FROM (SELECT arrayJoin({users:Array(String)}) AS user)`,
    { id, users, share: WEIGHTS[0] / (WEIGHTS[0] + WEIGHTS[1]), a: VARIANTS[0], b: VARIANTS[1] },
  );
  same('users whose hash was compared', rows.length, PEOPLE);
  for (const { user, variant } of rows) same('the variant by the hash', assigned.get(user), variant);
  return assigned;
}

/** The answer's figures against those counted from what was sent. */
function agree(results: Results, people: readonly Person[]): void {
  const groups = VARIANTS.map((variant) => people.filter((p) => !p.crossed && p.variant === variant));
  const [control = [], treatment = []] = groups;
  same(
    'units',
    results.variants.map((v) => v.units),
    [control.length, treatment.length],
  );
  same('crossed units', results.left_out.crossed_units, CROSSED);
  const split = splitPValue([control.length, treatment.length], WEIGHTS);
  within('p of the split', results.sample_ratio.p_value, split, 1e-6);
  const compared = results.treatments[0]?.comparisons ?? [];
  const values = (place: number) => results.metrics[place]?.values ?? [];

  const rates = groups.map((g) => ({ n: g.length, conversions: g.filter((p) => p.signedUp).length }));
  const [a, b] = [rates[0], rates[1]];
  if (a === undefined || b === undefined) throw new Error('two variants were expected');
  same(
    'conversions',
    values(0).map((v) => [v.n, v.conversions]),
    rates.map((r) => [r.n, r.conversions]),
  );
  const z = compareRates(a, b);
  const [signup, revenue, latency] = compared;
  within('difference of rates', signup?.difference.estimate ?? 0, z.difference, 1e-6);
  within('low end', signup?.difference.low ?? 0, z.low, 1e-6);
  within('high end', signup?.difference.high ?? 0, z.high, 1e-6);
  within('p of z', 1 + (signup?.p_value ?? 0), 1 + z.pValue, 1e-6);
  within('chance to beat control', signup?.chance_to_beat_control ?? 0, chanceToBeat(a, b), 1e-6);

  const amounts = groups.map((g) => g.map((p) => p.spent));
  const latencies = groups.map((g) =>
    g.filter((p) => p.latencies.length > 0).map((p) => meanOf(p.latencies)),
  );
  for (const [place, samples, found] of [
    [1, amounts, revenue],
    [2, latencies, latency],
  ] as const) {
    const welch = compareSamples(samples[0] ?? [], samples[1] ?? []);
    same(
      'units with a value',
      values(place).map((v) => v.n),
      samples.map((s) => s.length),
    );
    within('difference of means', found?.difference.estimate ?? 0, welch.difference, 1e-6);
    within('p of Welch', 1 + (found?.p_value ?? 0), 1 + welch.pValue, 1e-6);
  }
}

/** Exactly half of the weights, but not of the units: nothing may be concluded. */
async function brokenSplit(context: MissionContext): Promise<number> {
  const id = `${context.run}-split`;
  const variants = VARIANTS.map((name) => ({ name, weight: 1 }));
  const metrics = [{ name: 'success', kind: 'conversion', source: 'ai.success', direction: 'increase' }];
  await expectStatus(context, 201, 'POST', '', {
    id,
    unit: 'request',
    variants,
    metrics,
    minimumSamplePerVariant: 50,
  });
  const startMs = await start(context, id);
  const requests = BROKEN_SPLIT.flatMap((count, v) =>
    Array.from({ length: count }, (_, i) => ({
      model_name: id,
      model_version: '1',
      input_tokens: 1,
      output_tokens: 1,
      success: i % 10 > v,
      event_time: new Date(startMs + 1).toISOString(),
      experiment_id: id,
      variant: VARIANTS[v],
    })),
  );
  await sendShuffled(context, '/api/v1/ai/events/batch', requests, SEED);
  return context.eventually(VISIBLE_WITHIN_MS, async () => {
    const results = await expectStatus<Results>(context, 200, 'GET', `/${id}/results`);
    same(
      'units',
      results.variants.map((v) => v.units),
      BROKEN_SPLIT,
    );
    same('verdict', results.sample_ratio.verdict, 'mismatch');
    same('conclusion', results.treatments[0]?.conclusion, 'sample_ratio_mismatch');
    const p = splitPValue(BROKEN_SPLIT, [1, 1]);
    within('p of the split', results.sample_ratio.p_value, p, 1e-4);
    return results.sample_ratio.p_value;
  });
}

/** After the stop nobody is assigned, and what happens counts no more. */
async function stop(context: MissionContext, id: string, people: readonly Person[]): Promise<void> {
  const path = `/${id}/stop`;
  await expectStatus(context, 200, 'POST', path, { reason: 'decided' });
  await expectStatus(context, 200, 'POST', path);
  await expectStatus(context, 409, 'POST', `/${id}/start`);
  await expectStatus(context, 409, 'GET', `/${id}/assignment?unit=u`);
  const late = {
    event_name: 'Experiment Exposure',
    user_id: `${context.run}-late`,
    properties: { experiment_id: id, variant: VARIANTS[0] },
  };
  await sendShuffled(context, '/api/v1/product/events/batch', [late], SEED);
  await context.eventually(VISIBLE_WITHIN_MS, async () => {
    const [row] = await context.sql<{ n: number }>(
      'SELECT toInt32(count()) AS n FROM fineprint.product_events WHERE user_id = {user:String}',
      { user: late.user_id },
    );
    same('late exposures', row?.n, 1);
  });
  agree(await expectStatus<Results>(context, 200, 'GET', `/${id}/results`), people);
}

export const experiments: MissionRow = {
  row: 5,
  name: 'Experiments',
  async check(context) {
    const id = `${context.run}-prompt`;
    await create(context, id);
    const startMs = await start(context, id);
    const assigned = await assignAll(context, id);
    const { people, productEvents, requests } = makeHistory({
      id,
      assigned,
      crossed: CROSSED,
      otherVariant: (variant) => (variant === VARIANTS[0] ? VARIANTS[1] : VARIANTS[0]),
      startMs,
      spreadMs: SPREAD_MS,
      seed: SEED,
    });
    await sleep(Math.max(0, startMs + SPREAD_MS - Date.now()));
    await sendShuffled(context, '/api/v1/product/events/batch', productEvents, SEED);
    await sendShuffled(context, '/api/v1/ai/events/batch', requests, SEED + 1);
    const results = await context.eventually(VISIBLE_WITHIN_MS, async () => {
      const found = await expectStatus<Results>(context, 200, 'GET', `/${id}/results`);
      agree(found, people);
      return found;
    });
    const split = await brokenSplit(context);
    await stop(context, id, people);
    const signup = results.treatments[0]?.comparisons[0];
    return `${PEOPLE} users assigned 1:3 as ClickHouse's own hash says; of ${productEvents.length + requests.length} events, shuffled and a fifth sent twice, every count is exact; z, Welch, interval, chi-square and chance to beat control (${((signup?.chance_to_beat_control ?? 0) * 100).toFixed(2)} %) as recomputed to 1e-6; ${CROSSED} crossed users left out; a split of ${BROKEN_SPLIT.join(':')} is flagged (p ${split.toExponential(1)}); what comes after the stop counts no more`;
  },
};
