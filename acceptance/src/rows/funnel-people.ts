/** A funnel worked out by trying every beginning, with nothing of the product's own code. */

export interface SentEvent {
  readonly event_id: string;
  readonly kind: 'track';
  readonly event_name: string;
  readonly user_id: string;
  readonly event_time: string;
  readonly properties: { readonly size: number };
}

export interface FunnelSteps {
  readonly windowMs: number;
  /** Of an event: the steps it is, in order. */
  readonly steps: readonly { readonly name: string; readonly is: (event: SentEvent) => boolean }[];
}

/** How far one person has come. */
export interface Standing {
  readonly level: number;
  readonly times: readonly number[];
  /** The last moment at which some chain can still grow. */
  readonly openUntilMs: number;
}

/** The furthest chain; of those, the one that got there first; of those, the one that began last. */
export function standingOf(events: readonly SentEvent[], funnel: FunnelSteps): Standing | null {
  const sorted = [...events].sort((a, b) => timeOf(a) - timeOf(b));
  let best: readonly number[] = [];
  let openUntilMs = 0;
  for (const [i, first] of sorted.entries()) {
    if (funnel.steps[0]?.is(first) !== true) continue;
    openUntilMs = timeOf(first) + funnel.windowMs;
    const chain = chainFrom(sorted.slice(i), funnel);
    if (chain.length > best.length || (chain.length === best.length && last(chain) <= last(best)))
      best = chain;
  }
  return best.length === 0 ? null : { level: best.length, times: best, openUntilMs };
}

/** From the first of these events on, each next step as early as it can be. */
function chainFrom(events: readonly SentEvent[], { windowMs, steps }: FunnelSteps): number[] {
  const startMs = timeOf(events[0] as SentEvent);
  const times: number[] = [];
  for (const event of events) {
    if (timeOf(event) - startMs > windowMs) break;
    if (steps[times.length]?.is(event) === true) times.push(timeOf(event));
  }
  return times;
}

const timeOf = (event: SentEvent) => Date.parse(event.event_time);
const last = (times: readonly number[]) => times.at(-1) ?? Number.POSITIVE_INFINITY;

/** Linear between the two nearest. */
export function quantile(values: readonly number[], q: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low === undefined || high === undefined ? null : low + (high - low) * (at - Math.floor(at));
}
