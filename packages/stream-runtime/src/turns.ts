/** A place among the few that work at a time. */
export interface Turn {
  /** Waits for a place, unless one is held. */
  retake(): Promise<void>;
  /** Lets the next one in; nothing where no place is held. */
  release(): void;
}

/** Lets at most so many work at a time, in the order in which they asked. */
export interface Turns {
  take(): Promise<Turn>;
}

export function createTurns(most: number): Turns {
  let free = most;
  const waiting: (() => void)[] = [];

  const enter = (): Promise<void> => {
    if (free === 0) return new Promise((resolve) => waiting.push(resolve));
    free--;
    return Promise.resolve();
  };
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };

  return {
    async take() {
      await enter();
      let isHeld = true;
      return {
        async retake() {
          if (isHeld) return;
          await enter();
          isHeld = true;
        },
        release() {
          if (!isHeld) return;
          isHeld = false;
          leave();
        },
      };
    },
  };
}
