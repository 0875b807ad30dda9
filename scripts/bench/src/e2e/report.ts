import { cpus } from 'node:os';
import type { BooksReport } from '../dag/audit-books.ts';
import type { Costs } from '../dag/fleet.ts';
import type { Sizes } from '../dag/sizes.ts';
import type { Amounts } from '../dag/through.ts';
import type { Figures } from './cost-watch.ts';
import type { Drained } from './run-drain.ts';
import type { Step } from './run-ramp.ts';

interface Measured {
  readonly drained: Drained | null;
  /** Of the parts, over writing and working off what waited. */
  readonly partsCost: Figures | null;
  readonly steps: readonly Step[];
  readonly costs: Costs;
  readonly stored: Amounts;
  readonly sizes: { readonly before: Sizes; readonly after: Sizes };
  readonly books: BooksReport;
  readonly load: number;
}

export type E2eReport = ReturnType<typeof e2eReport>;

const PARTS = ['kafka', 'clickhouse', 'redis', 'postgres', 'registry'];

export function e2eReport({ drained, partsCost, steps, costs, stored, sizes, books, load }: Measured) {
  const events = stored.product + stored.ai;
  const kept = steps.filter((step) => step.kept_up).at(-1);
  const drainCost =
    drained === null
      ? null
      : {
          ...drained.cpu_seconds_per_million,
          ...Object.fromEntries(Object.entries(partsCost ?? {}).filter(([name]) => PARTS.includes(name))),
        };
  const perEvent = (bytes: number) => Math.round((bytes / events) * 10) / 10;
  const { before, after } = sizes;
  return {
    what: 'e2e',
    date: new Date().toISOString().slice(0, 10),
    cores: cpus().length,
    load_average: load,
    events,
    ai_share: Math.round((stored.ai / events) * 1_000) / 1_000,
    drain:
      drained === null
        ? null
        : {
            events: drained.events,
            seconds: drained.seconds,
            events_per_second: drained.events_per_second,
            cpu_seconds_per_million: drainCost,
          },
    http: { steps, kept_up_with_per_second: kept?.accepted_per_second ?? null },
    memory_mib: Object.fromEntries(
      Object.entries(costs).map(([name, { memoryMiB }]) => [name, memoryMiB] as const),
    ),
    bytes_per_event: {
      kafka: perTopic(after.kafka, before.kafka, perEvent),
      clickhouse: perTopic(bytesOf(after), bytesOf(before), perEvent),
      redis: perEvent(after.redisBytes - before.redisBytes),
      postgres: perEvent(after.postgresBytes - before.postgresBytes),
    },
    books,
  };
}

const bytesOf = ({ clickhouse }: Sizes): Map<string, number> =>
  new Map([...clickhouse].map(([table, { bytes }]) => [table, bytes]));

/** What there is more than before, of what matters. */
function perTopic(
  after: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
  perEvent: (bytes: number) => number,
): Record<string, number> {
  const grown = [...after].map(([name, bytes]) => [name, perEvent(bytes - (before.get(name) ?? 0))] as const);
  return Object.fromEntries(grown.filter(([, bytes]) => bytes > 0).sort(([, a], [, b]) => b - a));
}

const total = (figures: Readonly<Record<string, number>>): number =>
  Math.round(Object.values(figures).reduce((sum, value) => sum + value, 0) * 10) / 10;

export function printReport(report: E2eReport): void {
  const { drain, http, memory_mib: memory, bytes_per_event: bytes } = report;
  if (drain !== null)
    console.log(
      `${drain.events} waiting events through in ${drain.seconds} s: ${drain.events_per_second} a second`,
    );
  if (http.steps.length > 0)
    console.table(http.steps.map(({ cpu_seconds_per_million: _cost, ...step }) => step));
  const httpCost = http.steps.findLast((step) => step.kept_up)?.cpu_seconds_per_million ?? {};
  const names = new Set([...Object.keys(drain?.cpu_seconds_per_million ?? {}), ...Object.keys(httpCost)]);
  console.log('CPU-seconds per million events, and memory at most:');
  console.table(
    Object.fromEntries(
      [...names].map((name) => [
        name,
        { drained: drain?.cpu_seconds_per_million?.[name], http: httpCost[name], MiB: memory[name] },
      ]),
    ),
  );
  console.log(
    `all: ${total(drain?.cpu_seconds_per_million ?? {})} drained, ${total(httpCost)} over HTTP (CPU-seconds per million events)`,
  );
  console.log('Bytes per event, one copy:');
  console.table({ ...bytes.kafka, '= Kafka': total(bytes.kafka) });
  console.table({ ...bytes.clickhouse, '= ClickHouse': total(bytes.clickhouse) });
  console.table({ redis: bytes.redis, postgres: bytes.postgres });
}
