const RANDOM_BYTES = 10;

/** A UUIDv7 (RFC 9562) of a time and ten random bytes: sorts by time, and needs no secure context in a browser. */
export function uuidV7(nowMs: number, randomBytes: (count: number) => Uint8Array): string {
  const random = randomBytes(RANDOM_BYTES);
  const time = Math.max(0, Math.trunc(nowMs)).toString(16).padStart(12, '0').slice(-12);
  const hex = (index: number, keep: number, mark: number) =>
    (((random[index] ?? 0) & keep) | mark).toString(16).padStart(2, '0');
  const plain = (from: number, to: number) => {
    let text = '';
    for (let i = from; i < to; i++) text += hex(i, 0xff, 0);
    return text;
  };
  const high = `${time.slice(0, 8)}-${time.slice(8)}-${hex(0, 0x0f, 0x70)}${plain(1, 2)}`;
  return `${high}-${hex(2, 0x3f, 0x80)}${plain(3, 4)}-${plain(4, RANDOM_BYTES)}`;
}
