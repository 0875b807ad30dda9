import type { OnProgress, Progress, ProgressState } from '@fineprint/stack';
import pc from '../colors.ts';
import { duration } from '../format.ts';
import { createLiveBlock } from './live-block.ts';

const REFRESH_MS = 120;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

const DONE: ReadonlySet<ProgressState> = new Set(['ready', 'kept', 'stopped']);

interface Entry {
  readonly progress: Progress;
  readonly sinceMs: number;
}

/** Shows the steps of `up` and `down` on standard error: in place on a terminal, else a line per step. */
export function createProgressView(stream: NodeJS.WriteStream = process.stderr): {
  on: OnProgress;
  end(): void;
} {
  if (!stream.isTTY) return { on: (progress) => stream.write(plainLine(progress)), end: () => undefined };
  const entries = new Map<string, Entry>();
  const block = createLiveBlock(stream);
  let turn = 0;
  const draw = () => {
    const spinner = SPINNER[turn % SPINNER.length] ?? '';
    turn += 1;
    block.draw([...entries.values()].map((e) => entryLine(e.progress, Date.now() - e.sinceMs, spinner)));
  };
  const timer = setInterval(draw, REFRESH_MS);
  return {
    on(progress) {
      const before = entries.get(progress.name);
      const restarts = before === undefined || DONE.has(before.progress.state);
      entries.set(progress.name, { progress, sinceMs: restarts ? Date.now() : before.sinceMs });
    },
    end() {
      clearInterval(timer);
      draw();
      block.end();
    },
  };
}

const MARKS: Readonly<Partial<Record<ProgressState, string>>> = {
  ready: pc.green('✓'),
  kept: pc.green('✓'),
  stopped: pc.dim('■'),
  failed: pc.red('✗'),
};
const WORDS: Readonly<Partial<Record<ProgressState, string>>> = { kept: 'runs already' };

export function entryLine(progress: Progress, runningMs: number, spinner: string): string {
  const { name, state, detail, elapsedMs } = progress;
  const time = DONE.has(state) ? (elapsedMs === undefined ? '' : duration(elapsedMs)) : duration(runningMs);
  const mark = MARKS[state] ?? pc.yellow(spinner);
  const word = (WORDS[state] ?? state).padEnd(12);
  return `${mark} ${name.padEnd(18)} ${word} ${time.padStart(8)}  ${pc.dim(detail ?? '')}`.trimEnd();
}

function plainLine({ name, state, detail, elapsedMs }: Progress): string {
  const parts = [
    `${name}: ${WORDS[state] ?? state}`,
    ...(elapsedMs === undefined ? [] : [`after ${duration(elapsedMs)}`]),
    ...(detail === undefined || detail === '' ? [] : [`(${detail})`]),
  ];
  return `${parts.join(' ')}\n`;
}
