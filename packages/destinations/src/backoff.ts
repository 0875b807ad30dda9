/** How long to wait after so many failures in a row. */
export type Backoff = (failures: number) => number;

const FIRST_DELAY_MS = 500;
const MAX_DOUBLINGS = 20;

/** Doubling up to `maxMs`, half of it left to chance so that several do not come back at once. */
export function createBackoff(random: () => number, maxMs: number): Backoff {
  return (failures) => {
    const doublings = Math.min(Math.max(0, failures - 1), MAX_DOUBLINGS);
    return Math.round(Math.min(maxMs, FIRST_DELAY_MS * 2 ** doublings) * (0.5 + random() / 2));
  };
}
