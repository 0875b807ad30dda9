import { type MissionContext, same } from '../mission/row.ts';

/** What the API has to say of some requests' cost. */
export interface ExpectedCost {
  readonly cost_usd: number | null;
  readonly priced_requests: number;
  readonly unpriced_requests: number;
}

type Answer = ExpectedCost & { readonly cost_estimate?: unknown };

const AI = '/api/v1/ai';

async function read<T>({ get }: MissionContext, path: string): Promise<T> {
  const { status, body } = await get(`${AI}/${path}`);
  same(`GET ${path.split('?')[0]}`, status, 200);
  return body as T;
}

function agree(what: string, answer: Answer | undefined, expected: ExpectedCost): void {
  const { cost_usd, priced_requests, unpriced_requests } = answer ?? {};
  same(what, { cost_usd, priced_requests, unpriced_requests }, expected);
}

/** Every path that tells costs, of one version of one model. */
export async function checkAnswers(
  context: MissionContext,
  { model, version }: { readonly model: string; readonly version: string },
  expected: ExpectedCost,
): Promise<void> {
  const name = encodeURIComponent(model);
  const performance = await read<{ rows: Answer[] }>(
    context,
    `performance-metrics?model=${name}&granularity=none`,
  );
  agree('performance-metrics', performance.rows[0], expected);
  const trends = await read<{ totals: Answer }>(context, `usage-trends?model=${name}&granularity=hour`);
  agree('usage-trends', trends.totals, expected);
  const live = await read<{ windows: (Answer & { minutes: number })[] }>(
    context,
    `real-time/${name}/${version}`,
  );
  agree(
    'real-time',
    live.windows.find((w) => w.minutes === 15),
    expected,
  );
  // The page behind the name that sorts just before.
  const page = await read<{ models: (Answer & { model: string })[] }>(
    context,
    `models?limit=1&after=${name.slice(0, -1)}`,
  );
  same('models', page.models[0]?.model, model);
  agree('models', page.models[0], expected);
}

/** Two models side by side: their costs, and what a success costs where all of it is known. */
export async function checkComparison(
  context: MissionContext,
  models: readonly {
    readonly name: string;
    readonly cost: ExpectedCost;
    readonly perSuccess: number | null;
  }[],
  version: string,
): Promise<void> {
  const chosen = models.map(({ name }) => `model=${encodeURIComponent(name)}:${version}`).join('&');
  const comparison = await read<{ models: (Answer & { cost_usd_per_success: number | null })[] }>(
    context,
    `compare-models?${chosen}`,
  );
  for (const [i, { name, cost, perSuccess }] of models.entries()) {
    agree(`compare-models ${name}`, comparison.models[i], cost);
    same(`cost_usd_per_success of ${name}`, comparison.models[i]?.cost_usd_per_success, perSuccess);
  }
}
