/** Without a heartbeat for this long a group takes a member's partitions away. */
export const SESSION_TIMEOUT_MS = 10_000;
