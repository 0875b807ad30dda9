import { setTimeout as sleep } from 'node:timers/promises';
import { type Costs, DAG_SERVICES, type Fleet, type ServiceName } from '../dag/fleet.ts';

const SAMPLE_MS = 1_000;
/** What a service does first is its warm-up: it joins its group, and its first fetches find little. */
const WARM_SHARE = 0.2;
const MILLION = 1_000_000;

export type Figures = Readonly<Record<string, number>>;

export interface Sample {
  readonly records: number;
  readonly cpuSeconds: number;
}

export interface CostWatch {
  /** CPU-seconds of each service per million of `events`; ends the watch. */
  end(events: number): Promise<Figures>;
}

/** Looks every second at what the services have done and what it cost them. */
export function watchCosts(fleet: Fleet): CostWatch {
  const samples = new Map<ServiceName, Sample[]>(DAG_SERVICES.map((name) => [name, []]));
  let isOver = false;
  const look = async () => {
    const costs = await fleet.costs();
    for (const name of DAG_SERVICES) {
      const cpuSeconds = costs[name]?.cpuSeconds;
      if (cpuSeconds !== undefined)
        samples.get(name)?.push({ records: await fleet.records(name), cpuSeconds });
    }
  };
  const running = (async () => {
    for (; !isOver; await sleep(SAMPLE_MS)) await look();
  })();
  running.catch(() => undefined); // told by `end`
  return {
    async end(events) {
      isOver = true;
      await running;
      await look();
      return Object.fromEntries(
        [...samples].map(([name, own]) => [
          name,
          round((perRecord(own) * recordsOf(own) * MILLION) / events),
        ]),
      );
    },
  };
}

/** Since the watch began. */
const recordsOf = (samples: readonly Sample[]): number =>
  (samples.at(-1)?.records ?? 0) - (samples[0]?.records ?? 0);

/** CPU-seconds per record once the service is warm. */
export function perRecord(samples: readonly Sample[]): number {
  const warm = (samples[0]?.records ?? 0) + recordsOf(samples) * WARM_SHARE;
  const first = samples.find(({ records }) => records >= warm);
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.records === first.records) return 0;
  return (last.cpuSeconds - first.cpuSeconds) / (last.records - first.records);
}

/** CPU-seconds per million of `events` between two looks, of whatever was there at both. */
export const costBetween = (before: Costs, after: Costs, events: number): Figures =>
  spentBetween(before, after, MILLION / events);

/** Cores that were busy between two looks that were so many seconds apart. */
export const coresBetween = (before: Costs, after: Costs, seconds: number): Figures =>
  spentBetween(before, after, 1 / seconds);

function spentBetween(before: Costs, after: Costs, factor: number): Figures {
  return Object.fromEntries(
    Object.entries(after).flatMap(([name, { cpuSeconds }]) => {
      const was = before[name as keyof Costs];
      return was === undefined ? [] : [[name, round((cpuSeconds - was.cpuSeconds) * factor)]];
    }),
  );
}

const round = (value: number): number => Math.round(value * 100) / 100;
