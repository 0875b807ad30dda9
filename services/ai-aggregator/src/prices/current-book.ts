import { PriceBook, type PriceEntry } from '@fineprint/pricing';
import { StreamError } from '@fineprint/stream-runtime';

export interface CurrentBookOptions {
  readonly load: () => Promise<readonly PriceEntry[]>;
  /** A book older than this is read again before it is used. */
  readonly refreshMs: number;
  /** How long the last book serves while it cannot be read again. */
  readonly graceMs: number;
  /** Must go on during a freeze of the process. */
  readonly nowMs: () => number;
  readonly onError: (error: unknown) => void;
}

export interface CurrentBook {
  /** One that was read at most so long ago, by default `refreshMs`. Rejects with a retriable error where there is none. */
  get(maxAgeMs?: number): Promise<PriceBook>;
  /** Since what the book says was read; null before the first. */
  ageMs(): number | null;
  /** How many prices it has. */
  size(): number;
}

/**
 * The price book, in memory. It is read on demand, so a price is used at the latest `refreshMs` after its import; and while
 * Postgres is away nobody waits for it: tries go on beside the work.
 */
export function createCurrentBook(options: CurrentBookOptions): CurrentBook {
  const { refreshMs, graceMs, nowMs } = options;
  let book: PriceBook | null = null;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let failedAtMs: number | null = null;
  let reading: Promise<void> | null = null;

  const read = async () => {
    const beganAtMs = nowMs();
    try {
      book = new PriceBook(await options.load());
      readAtMs = beganAtMs;
      failedAtMs = null;
    } catch (error) {
      failedAtMs = nowMs();
      options.onError(error);
    } finally {
      reading = null;
    }
  };
  const ageMs = () => nowMs() - readAtMs;
  const isDue = (maxAgeMs: number) =>
    ageMs() >= maxAgeMs && (failedAtMs === null || nowMs() - failedAtMs >= refreshMs);

  return {
    async get(maxAgeMs = refreshMs) {
      if (reading === null && isDue(maxAgeMs)) reading = read();
      const mayGoOn = failedAtMs !== null && ageMs() < graceMs;
      if (ageMs() >= maxAgeMs && !mayGoOn) await reading;
      if (book !== null && ageMs() < graceMs) return book;
      throw new StreamError('unavailable', 'the price book in Postgres (ai_prices) cannot be read', {
        retriable: true,
      });
    },
    ageMs: () => (book === null ? null : ageMs()),
    size: () => book?.size ?? 0,
  };
}
