import { lagByTopic } from '@fineprint/stream-runtime/lag';
import pc from '../colors.ts';
import { bytes, count, duration } from '../format.ts';
import { table } from '../table.ts';
import type { ProcessReport, StackReport } from './read-status.ts';

const STATES = {
  ready: pc.green('ready'),
  'not-ready': pc.yellow('not ready'),
  stopped: pc.red('stopped'),
} as const;

export function renderStatus(report: StackReport): string {
  const total = report.processes.reduce((sum, p) => sum + (p.rssBytes ?? 0), 0);
  return [
    `${pc.dim('provider')} ${report.provider}  ${pc.dim('data')} ${report.dataDir}  ${pc.dim('memory')} ${bytes(total)}`,
    '',
    renderProcesses(report.processes),
    renderLag(report),
  ].join('\n');
}

export function renderProcesses(processes: readonly ProcessReport[]): string {
  return table(
    ['name', 'state', 'pid', 'memory', 'up', 'where', 'why'],
    processes.map((p) => [
      p.name,
      STATES[p.state],
      p.pid === null ? '' : String(p.pid),
      p.rssBytes === null ? '' : bytes(p.rssBytes),
      p.uptimeMs === null ? '' : duration(p.uptimeMs),
      p.url ?? '',
      p.reasons.map(said).join('; '),
    ]),
  );
}

/** The code is what docs and alerts name. */
const said = ({ code, message }: ProcessReport['reasons'][number]): string =>
  message === '' ? code : `${code}: ${message}`;

export function renderLag({ lag }: Pick<StackReport, 'lag'>): string {
  if (lag === null) return `${pc.dim('Lag is not known: Kafka does not answer.')}\n`;
  return table(
    ['consumer group', 'reads', 'records', 'lag', 'by partition'],
    lagByTopic(lag).map((sum) => [
      sum.group,
      sum.topic,
      count(sum.end),
      sum.lag === 0 ? pc.green('0') : pc.yellow(count(sum.lag)),
      lag
        .filter((l) => l.group === sum.group && l.topic === sum.topic)
        .map((l) => l.lag)
        .join(' '),
    ]),
  );
}
