import type { ListedPrice } from '@fineprint/ai-aggregator/prices';
import { decimalText, type ImportPlan, type PriceEntry } from '@fineprint/pricing';
import pc from '../colors.ts';
import { table } from '../table.ts';

const COLUMNS = ['provider', 'model', 'tier', 'region', 'input', 'cached', 'output', 'from', 'until'];

/** Dollars per million tokens. */
export function renderPrices(prices: readonly ListedPrice[], history: boolean): string {
  if (prices.length === 0) return 'No such price.\n';
  const rows = prices.map((p) => [
    ...cells(p),
    ...(history ? [p.recordedAt.toISOString(), p.supersededAt?.toISOString() ?? ''] : []),
  ]);
  return `${table([...COLUMNS, ...(history ? ['recorded', 'superseded'] : [])], rows)}US dollars per million tokens.\n`;
}

export function renderPlan(plan: ImportPlan, isDryRun: boolean): string {
  const marked = (mark: string, prices: readonly PriceEntry[]) => prices.map((p) => [mark, ...cells(p)]);
  const rows = [
    ...marked(pc.red('supersede'), plan.supersede),
    ...marked(pc.dim('keep'), plan.keep),
    ...marked(pc.green('add'), plan.add),
  ];
  const counts = `${plan.add.length} added, ${plan.supersede.length} superseded, ${plan.keep.length} kept in part, ${plan.unchanged} unchanged`;
  const summary = isDryRun
    ? `Would be: ${counts}. Nothing was changed.`
    : `${counts}. Requests are priced so from 2 seconds on; what was counted before keeps its cost.`;
  return `${rows.length === 0 ? '' : table(['', ...COLUMNS], rows)}${summary}\n`;
}

function cells({ provider, model, tier, region, prices, fromMs, toMs }: PriceEntry): string[] {
  const price = (nanos: number | null) => (nanos === null ? '' : decimalText(nanos));
  const { input, cachedInput, output } = prices;
  const figures = [price(input), price(cachedInput), price(output)];
  return [provider, model, tier, region ?? 'any', ...figures, timeText(fromMs), timeText(toMs)];
}

/** A day where it begins with it. */
export function timeText(timeMs: number | null): string {
  return timeMs === null ? '' : new Date(timeMs).toISOString().replace('T00:00:00.000Z', '');
}

/** As JSON: decimals as text, so that nothing is rounded by who reads it. */
export function priceJson(price: PriceEntry): Record<string, unknown> {
  const decimal = (nanos: number | null) => (nanos === null ? null : decimalText(nanos));
  const { provider, model, tier, region, prices, fromMs, toMs, source } = price;
  return {
    provider,
    model,
    service_tier: tier,
    region,
    input: decimal(prices.input),
    cached_input: decimal(prices.cachedInput),
    cache_write: decimal(prices.cacheWrite),
    output: decimal(prices.output),
    effective_from: new Date(fromMs).toISOString(),
    effective_to: toMs === null ? null : new Date(toMs).toISOString(),
    source,
  };
}
