import type { Book } from './load/book.ts';
import type { ProgressWatch } from './watch-progress.ts';

export interface ChaosProgress {
  readonly phase: 'starting' | 'warming up' | 'faults' | 'mending' | 'coming to rest' | 'judging';
  readonly elapsedMs: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly stored: number;
  /** What is being done right now; empty between faults. */
  readonly doing: string;
}

const EVERY_MS = 500;
const EVENT_TABLES = ['product_events', 'ai_requests', 'ai_feedback', 'consent_updates'];

/** Tells twice a second, and whenever something changes, how the run goes. */
export function showProgress(
  onProgress: (progress: ChaosProgress) => void,
  nowMs: () => number,
  { book, progress }: { readonly book: Book; readonly progress: ProgressWatch },
) {
  let phase: ChaosProgress['phase'] = 'starting';
  let doing = '';
  const tell = () => {
    const stored = EVENT_TABLES.reduce((sum, t) => sum + (progress.stored.get(t) ?? 0), 0);
    const { events, acknowledgedIds } = book;
    onProgress({
      phase,
      elapsedMs: nowMs(),
      sent: events.size,
      acknowledged: acknowledgedIds.size,
      stored,
      doing,
    });
  };
  const timer = setInterval(tell, EVERY_MS);
  return {
    phase(next: ChaosProgress['phase']) {
      phase = next;
      tell();
    },
    doing(what: string) {
      doing = what;
      tell();
    },
    stop: () => clearInterval(timer),
  };
}
