const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 60_000;
const MAX_DOUBLINGS = 10;

/** How long to wait before the next try: doubling, half of it left to chance so that several do not come back at once. */
export function backoffMs(failures: number, random: number): number {
  const fullMs = Math.min(
    MAX_DELAY_MS,
    FIRST_DELAY_MS * 2 ** Math.min(Math.max(0, failures - 1), MAX_DOUBLINGS),
  );
  return Math.round(fullMs * (0.5 + random / 2));
}
