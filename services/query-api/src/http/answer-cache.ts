/** Answers by what they depend on: the question and the version of the data. So none of them is ever wrong, only unused. */
export interface AnswerCache {
  get(key: string): string | undefined;
  set(key: string, body: string): void;
}

export interface AnswerCacheLimits {
  readonly maxEntries: number;
  readonly maxChars: number;
}

/** Keeps what was used last. */
export function createAnswerCache({ maxEntries, maxChars }: AnswerCacheLimits): AnswerCache {
  const answers = new Map<string, string>();
  let chars = 0;

  const remove = (key: string): void => {
    chars -= answers.get(key)?.length ?? 0;
    answers.delete(key);
  };
  return {
    get(key) {
      const body = answers.get(key);
      if (body === undefined) return undefined;
      answers.delete(key);
      answers.set(key, body);
      return body;
    },
    set(key, body) {
      if (body.length > maxChars) return;
      remove(key);
      answers.set(key, body);
      chars += body.length;
      for (const oldest of answers.keys()) {
        if (answers.size <= maxEntries && chars <= maxChars) break;
        remove(oldest);
      }
    },
  };
}
