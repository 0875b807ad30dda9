/** Answers by what they depend on: the question and the version of the data. So none of them is ever wrong, only unused. */
export interface AnswerCache {
  /** The answer that is kept, or that is being made, or made now. A failure is told to all who wait and not kept. */
  answer(key: string, make: () => Promise<string>): Promise<CachedAnswer>;
}

export interface CachedAnswer {
  readonly body: string;
  /** Whether nothing had to be asked for it. */
  readonly isHit: boolean;
}

export interface AnswerCacheLimits {
  readonly maxEntries: number;
  readonly maxChars: number;
}

/** Keeps what was used last. */
export function createAnswerCache({ maxEntries, maxChars }: AnswerCacheLimits): AnswerCache {
  const answers = new Map<string, string>();
  const underWay = new Map<string, Promise<string>>();
  let chars = 0;

  const remove = (key: string): void => {
    chars -= answers.get(key)?.length ?? 0;
    answers.delete(key);
  };
  const keep = (key: string, body: string): void => {
    if (body.length > maxChars) return;
    remove(key);
    answers.set(key, body);
    chars += body.length;
    for (const oldest of answers.keys()) {
      if (answers.size <= maxEntries && chars <= maxChars) break;
      remove(oldest);
    }
  };
  const makeOnce = (key: string, make: () => Promise<string>): Promise<string> => {
    const making = make()
      .then((body) => {
        keep(key, body);
        return body;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, making);
    return making;
  };

  return {
    async answer(key, make) {
      const kept = answers.get(key);
      if (kept !== undefined) {
        answers.delete(key);
        answers.set(key, kept);
        return { body: kept, isHit: true };
      }
      const making = underWay.get(key);
      if (making !== undefined) return { body: await making, isHit: true };
      return { body: await makeOnce(key, make), isHit: false };
    },
  };
}
