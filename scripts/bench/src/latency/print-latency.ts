import type { Summary } from '../quantiles.ts';
import type { Latencies } from './journeys.ts';

interface AtRate extends Latencies {
  readonly rate: number;
  readonly ack_ms: Summary;
  /** Busy meanwhile, by service and part. */
  readonly cores: Readonly<Record<string, number>>;
}

const line = ({ p50, p99, p999 }: Summary): string => `${p50} / ${p99} / ${p999}`;

/** One table of times since the POST, one of hops: p50 / p99 / p99.9 in milliseconds. */
export function printLatency(measured: readonly AtRate[]): void {
  const rows = (of: (at: AtRate) => Readonly<Record<string, Summary>>) =>
    Object.fromEntries(
      measured.map((at) => [
        `${at.rate}/s`,
        Object.fromEntries(Object.entries(of(at)).map(([name, summary]) => [name, line(summary)])),
      ]),
    );
  console.log('Since the POST began, p50 / p99 / p99.9 in ms:');
  console.table(rows(({ ack_ms, since_post }) => ({ answered: ack_ms, ...since_post })));
  console.log('Each hop:');
  console.table(rows(({ hops }) => hops));
  console.log('Cores that were busy:');
  console.table(Object.fromEntries(measured.map(({ rate, cores }) => [`${rate}/s`, cores])));
}
