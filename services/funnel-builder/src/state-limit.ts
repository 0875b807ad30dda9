/** What is left is for work, and for garbage. */
const SHARE_OF_HEAP = 0.6;

/**
 * Bytes that a partition's states may take up: what is set, but no more than fits when one process holds all partitions. A state
 * that is refused is counted; a heap that overflows ends the process, and the next one reads the same states back.
 */
export function stateLimitBytes(setMb: number, heapLimitBytes: number, partitions: number): number {
  return Math.min(setMb * 1_000_000, Math.floor((heapLimitBytes * SHARE_OF_HEAP) / partitions));
}
