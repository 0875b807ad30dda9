import { lagByTopic, type PartitionLag } from '@fineprint/stream-runtime/lag';
import pc from '../colors.ts';
import { bytes, count } from '../format.ts';
import type { ProcessReport } from '../status/read-status.ts';
import type { LoggedError } from './recent-errors.ts';

export interface WatchSample {
  readonly atMs: number;
  readonly processes: readonly ProcessReport[];
  /** Null where Kafka cannot be asked. */
  readonly lag: readonly PartitionLag[] | null;
  readonly errors: readonly LoggedError[];
}

/** The live view's lines. Rates come from the sample before. */
export function renderWatch(sample: WatchSample, before: WatchSample | undefined): string[] {
  return [
    '',
    processLine(sample.processes),
    ...notReady(sample.processes),
    '',
    ...flow(sample, before),
    ...errors(sample),
  ];
}

/** The same in one line, for a log. */
export function plainWatchLine(sample: WatchSample, before: WatchSample | undefined): string {
  const ready = sample.processes.filter((p) => p.state === 'ready').length;
  const errorCount = sample.errors.length > 0 ? `; last error: ${sample.errors.at(-1)?.message}` : '';
  return `${new Date(sample.atMs).toISOString()} ready ${ready}/${sample.processes.length}; ${plainFlow(sample, before)}${errorCount}`;
}

/** Only where something moves or waits. */
function plainFlow(sample: WatchSample, before: WatchSample | undefined): string {
  if (sample.lag === null) return 'Kafka does not answer';
  const busy = rates(sample, before).filter((r) => r.lag > 0 || !['0', '-'].includes(r.perS));
  const flows = busy.map((r) => `${shortName(r.group)} ${r.topic} ${r.perS}/s lag ${r.lag}`);
  return flows.join(', ') || 'all caught up';
}

function processLine(processes: readonly ProcessReport[]): string {
  const total = processes.reduce((sum, p) => sum + (p.rssBytes ?? 0), 0);
  const marks = processes.map((p) => `${p.state === 'ready' ? pc.green('●') : pc.red('●')} ${p.name}`);
  return `${marks.join('  ')}  ${pc.dim(bytes(total))}`;
}

function notReady(processes: readonly ProcessReport[]): string[] {
  return processes
    .filter((p) => p.state !== 'ready')
    .map((p) => pc.yellow(`  ${p.name}: ${p.reasons.map((r) => r.message).join('; ') || p.state}`));
}

function flow(sample: WatchSample, before: WatchSample | undefined): string[] {
  if (sample.lag === null) return [pc.yellow('Kafka does not answer: rates and lag are not known.')];
  return [
    pc.bold(
      `${'group'.padEnd(20)}${'reads'.padEnd(24)}${'in/s'.padStart(10)}${'done/s'.padStart(10)}${'lag'.padStart(10)}`,
    ),
    ...rates(sample, before).map((r) => {
      const lag = count(r.lag).padStart(10);
      return `${shortName(r.group).padEnd(20)}${r.topic.padEnd(24)}${r.perS.padStart(10)}${r.donePerS.padStart(10)}${r.lag > 0 ? pc.yellow(lag) : lag}`;
    }),
  ];
}

function rates(sample: WatchSample, before: WatchSample | undefined) {
  const now = lagByTopic(sample.lag ?? []);
  const then = new Map(lagByTopic(before?.lag ?? []).map((l) => [`${l.group} ${l.topic}`, l]));
  const seconds = before === undefined ? 0 : (sample.atMs - before.atMs) / 1_000;
  const perS = (delta: number) => (seconds > 0 ? count(Math.max(0, Math.round(delta / seconds))) : '-');
  return now.map((l) => {
    const was = then.get(`${l.group} ${l.topic}`);
    const unknown = was === undefined;
    return {
      ...l,
      perS: unknown ? '-' : perS(l.end - was.end),
      donePerS: unknown ? '-' : perS(l.end - l.lag - (was.end - was.lag)),
    };
  });
}

const shortName = (group: string): string => group.replace(/^fineprint\./, '');

function errors(sample: WatchSample): string[] {
  if (sample.errors.length === 0) return [];
  const lines = sample.errors.map((e) => `${pc.dim(e.time.slice(11, 19))} ${e.name}: ${e.message}`);
  return ['', pc.red('Last errors'), ...lines];
}
