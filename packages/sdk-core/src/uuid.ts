const RANDOM_BYTES = 8;
const MAX_COUNT = 0xfff;

/**
 * Makes UUIDv7s (RFC 9562): a time, a count within it, and random bytes. Ids of one maker sort in the order in which they were
 * made, whatever its clock does. Needs no secure context in a browser.
 */
export function createIds(nowMs: () => number, randomBytes: (count: number) => Uint8Array): () => string {
  let timeMs = 0;
  let count = 0;
  return () => {
    const now = Math.trunc(nowMs());
    if (now > timeMs) {
      timeMs = now;
      count = 0;
    } else if (++count > MAX_COUNT) {
      timeMs++;
      count = 0;
    }
    const time = hex(timeMs, 12);
    const random = [...randomBytes(RANDOM_BYTES)];
    const tail = random.map((byte, i) => hex(i === 0 ? (byte & 0x3f) | 0x80 : byte, 2)).join('');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(count, 3)}-${tail.slice(0, 4)}-${tail.slice(4)}`;
  };
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
