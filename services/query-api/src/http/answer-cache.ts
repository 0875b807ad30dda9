/** Answers by their question, each with the version of the data it was made of. */
export interface AnswerCache {
  /**
   * The answer of this version if it is kept or being made; one that was right a moment ago, while the new one is made
   * behind it; else a new one. Of one question at most one answer is being made at a time. A failure is told to all who
   * wait for it and not kept.
   */
  answer(question: string, version: string, make: () => Promise<string>): Promise<CachedAnswer>;
}

export interface CachedAnswer {
  readonly body: string;
  /** Of the data it was made of. */
  readonly version: string;
  readonly result: 'hit' | 'stale' | 'miss';
}

export interface AnswerCacheOptions {
  readonly maxEntries: number;
  readonly maxChars: number;
  /** How long after the data have changed an answer may still be given. 0: never, however long it takes to make. */
  readonly staleMs: number;
  readonly nowMs: () => number;
  /** A new answer that was made behind an old one and failed; whoever asks next tries again. */
  readonly onError: (error: unknown) => void;
}

/**
 * An answer that took long to make may be given this many times as long. So a question takes up a twentieth of a processor
 * at most, however fast the data change, and the dearer ones do not bring down the others.
 */
const STALE_TIMES_COST = 20;

interface Kept {
  readonly body: string;
  readonly version: string;
  readonly costMs: number;
  /** When this was last known to be the data's version. */
  rightAtMs: number;
}

interface Making {
  readonly body: Promise<string>;
  readonly version: string;
  /** When it began: its version was read before. */
  readonly rightAtMs: number;
}

/** Keeps what was used last. */
export function createAnswerCache(options: AnswerCacheOptions): AnswerCache {
  const { maxEntries, maxChars, staleMs, nowMs } = options;
  const answers = new Map<string, Kept>();
  const underWay = new Map<string, Making>();
  let chars = 0;

  const remove = (question: string): void => {
    chars -= answers.get(question)?.body.length ?? 0;
    answers.delete(question);
  };
  const keep = (question: string, kept: Kept): void => {
    remove(question);
    if (kept.body.length > maxChars) return;
    answers.set(question, kept);
    chars += kept.body.length;
    for (const oldest of answers.keys()) {
      if (answers.size <= maxEntries && chars <= maxChars) break;
      remove(oldest);
    }
  };
  const start = (question: string, version: string, make: () => Promise<string>): Making => {
    const rightAtMs = nowMs();
    const body = make()
      .then((made) => {
        keep(question, { body: made, version, rightAtMs, costMs: nowMs() - rightAtMs });
        return made;
      })
      .finally(() => underWay.delete(question));
    const making = { body, version, rightAtMs };
    underWay.set(question, making);
    return making;
  };
  /** Whether what was right then may be given now. */
  const isRecent = (rightAtMs: number, costMs: number): boolean =>
    nowMs() - rightAtMs < (staleMs === 0 ? 0 : Math.max(staleMs, costMs * STALE_TIMES_COST));

  /** The kept answer, if it may be given. */
  const fromKept = (question: string, version: string, make: () => Promise<string>): CachedAnswer | null => {
    const kept = answers.get(question);
    if (kept === undefined) return null;
    answers.delete(question);
    answers.set(question, kept);
    if (kept.version === version) {
      kept.rightAtMs = nowMs();
      return { body: kept.body, version, result: 'hit' };
    }
    if (!isRecent(kept.rightAtMs, kept.costMs)) return null;
    if (!underWay.has(question)) start(question, version, make).body.catch(options.onError);
    return { body: kept.body, version: kept.version, result: 'stale' };
  };

  return {
    async answer(question, version, make) {
      for (;;) {
        const found = fromKept(question, version, make);
        if (found !== null) return found;
        const making = underWay.get(question);
        if (making === undefined) {
          return { body: await start(question, version, make).body, version, result: 'miss' };
        }
        const costMs = answers.get(question)?.costMs ?? 0;
        if (making.version === version || isRecent(making.rightAtMs, costMs)) {
          return { body: await making.body, version: making.version, result: 'hit' };
        }
        await making.body.catch(() => undefined); // told to those who wait for it
      }
    },
  };
}
