/** A bound on bytes that all requests together may hold in memory. */
export interface ByteBudget {
  /** Takes `bytes`, or false when that would exceed the bound. */
  take(bytes: number): boolean;
  release(bytes: number): void;
  used(): number;
}

export function createByteBudget(maxBytes: number): ByteBudget {
  let used = 0;
  return {
    take(bytes) {
      if (used + bytes > maxBytes) return false;
      used += bytes;
      return true;
    },
    release(bytes) {
      used -= bytes;
    },
    used: () => used,
  };
}

/** One request's share of a budget; given back at once when the request is over. */
export class BudgetShare {
  readonly #budget: ByteBudget;
  #held = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  take(bytes: number): boolean {
    if (!this.#budget.take(bytes)) return false;
    this.#held += bytes;
    return true;
  }

  releaseAll(): void {
    this.#budget.release(this.#held);
    this.#held = 0;
  }
}
