/** Answers by their question, each with the version of the data it was made of. */
export interface AnswerCache {
  /**
   * The answer of this version if it is kept or being made; one that was right until `staleMs` ago, while the new one is
   * made behind it; else a new one. A failure is told to all who wait for it and not kept.
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
  /** How long after the data have changed an answer may still be given. 0: never. */
  readonly staleMs: number;
  readonly nowMs: () => number;
  /** A new answer that was made behind an old one and failed; whoever asks next tries again. */
  readonly onError: (error: unknown) => void;
}

interface Kept {
  readonly body: string;
  readonly version: string;
  /** When this was last known to be the data's version. */
  rightAtMs: number;
}

/** Keeps what was used last. */
export function createAnswerCache(options: AnswerCacheOptions): AnswerCache {
  const { maxEntries, maxChars, staleMs, nowMs } = options;
  const answers = new Map<string, Kept>();
  const underWay = new Map<string, Promise<string>>();
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
  /** Once for all who ask meanwhile. */
  const makeOnce = (
    question: string,
    version: string,
    make: () => Promise<string>,
  ): { readonly body: Promise<string>; readonly isShared: boolean } => {
    const key = `${version} ${question}`;
    const present = underWay.get(key);
    if (present !== undefined) return { body: present, isShared: true };
    const rightAtMs = nowMs(); // the version was read before this
    const body = make()
      .then((made) => {
        const newer = answers.get(question);
        if (newer === undefined || newer.rightAtMs <= rightAtMs) {
          keep(question, { body: made, version, rightAtMs });
        }
        return made;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, body);
    return { body, isShared: false };
  };

  return {
    async answer(question, version, make) {
      const kept = answers.get(question);
      if (kept !== undefined) {
        answers.delete(question);
        answers.set(question, kept);
        if (kept.version === version) {
          kept.rightAtMs = nowMs();
          return { body: kept.body, version, result: 'hit' };
        }
        if (nowMs() - kept.rightAtMs < staleMs) {
          makeOnce(question, version, make).body.catch(options.onError);
          return { body: kept.body, version: kept.version, result: 'stale' };
        }
      }
      const { body, isShared } = makeOnce(question, version, make);
      return { body: await body, version, result: isShared ? 'hit' : 'miss' };
    },
  };
}
