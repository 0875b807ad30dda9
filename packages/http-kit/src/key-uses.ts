/** Notes which keys are in use, coarsely: what a rotation has to know is whether anybody still uses the old one. */
export interface KeyUses {
  note(keyId: string): void;
  /** Writes what was noted since. */
  close(): Promise<void>;
}

export interface KeyUsesOptions {
  /** Keeps that these keys were used today. */
  readonly save: (keyIds: readonly string[]) => Promise<unknown>;
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
}

/** More keys than this are a mistake; memory stays bounded. */
const MAX_NOTED = 100_000;

/** A request costs a set's insertion; the store hears of a key once per interval at most. What is lost in a crash is noted at the next use. */
export function createKeyUses({ save, everyMs, onError }: KeyUsesOptions): KeyUses {
  let noted = new Set<string>();
  let saving: Promise<void> = Promise.resolve();

  const flush = (): Promise<void> => {
    saving = saving.then(async () => {
      if (noted.size === 0) return;
      const ids = [...noted];
      noted = new Set();
      await save(ids).catch((error: unknown) => {
        for (const id of ids) noted.add(id);
        onError(error);
      });
    });
    return saving;
  };
  const timer = setInterval(() => void flush(), everyMs);
  timer.unref();

  return {
    note(keyId) {
      if (noted.size < MAX_NOTED) noted.add(keyId);
    },
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
