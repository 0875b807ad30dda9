import type { Limits } from './destination.ts';

/** Cuts events, in order, into requests that keep within the limits. An event that is too large alone must not be given. */
export function planRequests<E extends { readonly sizeBytes: number }>(
  events: readonly E[],
  { events: maxEvents, bytes: maxBytes }: Limits,
): E[][] {
  const requests: E[][] = [];
  let current: E[] = [];
  let bytes = 0;
  for (const event of events) {
    const size = event.sizeBytes + SEPARATOR_BYTES;
    if (current.length > 0 && (current.length === maxEvents || bytes + size > maxBytes - ENVELOPE_BYTES)) {
      requests.push(current);
      current = [];
      bytes = 0;
    }
    current.push(event);
    bytes += size;
  }
  if (current.length > 0) requests.push(current);
  return requests;
}

const SEPARATOR_BYTES = 1;
/** Room for what stands around the events: brackets, key, options. */
export const ENVELOPE_BYTES = 1_024;
