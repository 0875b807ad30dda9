import { cpus } from 'node:os';
import type { BooksReport } from '../dag/audit-books.ts';
import type { Costs } from '../dag/fleet.ts';
import type { Sizes } from '../dag/sizes.ts';
import type { Amounts } from '../dag/through.ts';
import type { Figures } from './cost-watch.ts';
import type { Drained } from './run-drain.ts';
import type { Step } from './run-ramp.ts';

const PARTS = ['kafka', 'clickhouse', 'redis', 'postgres', 'registry'];

interface Measured {
  readonly drained: Drained | null;
  /** Of the parts, over writing and working off what waited. */
  readonly partsCost: Figures | null;
  readonly steps: readonly Step[];
  readonly costs: Costs;
  readonly stored: Amounts;
  readonly subjects: number;
  readonly sizes: { readonly before: Sizes; readonly after: Sizes };
  readonly books: BooksReport;
  readonly load: number;
  readonly command: string;
}

export type E2eReport = ReturnType<typeof e2eReport>;

/** What a plan is made from: `figures` of packages/capacity. */
export function e2eReport(measured: Measured) {
  const { drained, steps, stored, books } = measured;
  return {
    what: 'e2e',
    load_average: measured.load,
    drain: drained && {
      events: drained.events,
      seconds: drained.seconds,
      events_per_second: drained.events_per_second,
    },
    http: {
      steps,
      kept_up_with_per_second: steps.findLast((step) => step.kept_up)?.accepted_per_second ?? null,
    },
    figures: {
      date: new Date().toISOString().slice(0, 10),
      command: measured.command,
      cores: cpus().length,
      ai_share: Math.round((stored.ai / (stored.product + stored.ai)) * 1_000) / 1_000,
      subjects: measured.subjects,
      events: stored.product + stored.ai,
      cpu_seconds_per_million: costsOf(measured),
      memory_mib: Object.fromEntries(
        Object.entries(measured.costs).map(([name, { memoryMiB }]) => [name, memoryMiB] as const),
      ),
      bytes_per_event: bytesPerEvent(measured),
    },
    books,
  };
}

/** A drain keeps everybody busy, so it tells best what an event costs; the gateway is only there where events are posted. */
function costsOf({ drained, partsCost, steps }: Measured): Figures {
  const busiest = steps.reduce<Step | undefined>(
    (most, step) => (step.accepted_per_second > (most?.accepted_per_second ?? 0) ? step : most),
    undefined,
  );
  const posted = busiest?.cpu_seconds_per_million ?? {};
  if (drained === null) return posted;
  const gateway = posted['ingest-gateway'];
  return {
    ...(gateway === undefined ? {} : { 'ingest-gateway': gateway }),
    ...drained.cpu_seconds_per_million,
    ...Object.fromEntries(Object.entries(partsCost ?? {}).filter(([name]) => PARTS.includes(name))),
  };
}

function bytesPerEvent({ stored, sizes: { before, after } }: Measured) {
  const perEvent = (bytes: number) => Math.round((bytes / (stored.product + stored.ai)) * 10) / 10;
  return {
    kafka: perName(after.kafka, before.kafka, perEvent),
    clickhouse: perName(bytesOf(after), bytesOf(before), perEvent),
    redis: perEvent(after.redisBytes - before.redisBytes),
    postgres: perEvent(after.postgresBytes - before.postgresBytes),
  };
}

const bytesOf = ({ clickhouse }: Sizes): Map<string, number> =>
  new Map([...clickhouse].map(([table, { bytes }]) => [table, bytes]));

/** What there is more than before, of what matters. */
function perName(
  after: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
  perEvent: (bytes: number) => number,
): Record<string, number> {
  const grown = [...after].map(([name, bytes]) => [name, perEvent(bytes - (before.get(name) ?? 0))] as const);
  return Object.fromEntries(grown.filter(([, bytes]) => bytes > 0).sort(([, a], [, b]) => b - a));
}

const total = (figures: Readonly<Record<string, number>>): number =>
  Math.round(Object.values(figures).reduce((sum, value) => sum + value, 0) * 10) / 10;

export function printReport({ drain, http, figures }: E2eReport): void {
  const { cpu_seconds_per_million: cost, memory_mib: memory, bytes_per_event: bytes } = figures;
  if (drain !== null)
    console.log(
      `${drain.events} waiting events through in ${drain.seconds} s: ${drain.events_per_second} a second`,
    );
  if (http.steps.length > 0)
    console.table(http.steps.map(({ cpu_seconds_per_million: _cost, ...step }) => step));
  console.log('CPU-seconds per million events, and memory at most:');
  const rows = Object.entries(cost).map(([name, seconds]) => [name, { seconds, MiB: memory[name] }] as const);
  console.table({ ...Object.fromEntries(rows), all: { seconds: total(cost) } });
  console.log('Bytes per event, one copy:');
  console.table({ ...bytes.kafka, '= Kafka': total(bytes.kafka) });
  console.table({ ...bytes.clickhouse, '= ClickHouse': total(bytes.clickhouse) });
  console.table({ Redis: bytes.redis, Postgres: bytes.postgres });
}
