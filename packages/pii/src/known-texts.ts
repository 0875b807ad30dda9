/** As many as an enumeration's usual values. */
const TEXTS = 4;
const MAX_BYTES = 64;

/** The last few texts of one place, as bytes: most fields of events have one of a few values. */
export class KnownTexts {
  #bytes: Uint8Array | null = null;
  readonly #lengths = new Uint8Array(TEXTS);
  #next = 0;

  has(bytes: Uint8Array, start: number, end: number): boolean {
    const known = this.#bytes;
    const length = end - start;
    if (known === null || length === 0) return false;
    for (let text = 0; text < TEXTS; text++) {
      if (this.#lengths[text] !== length) continue;
      const at = text * MAX_BYTES;
      let i = 0;
      while (i < length && known[at + i] === bytes[start + i]) i++;
      if (i === length) return true;
    }
    return false;
  }

  /** Takes the place of the one that was added first. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length === 0 || length > MAX_BYTES) return;
    this.#bytes ??= new Uint8Array(TEXTS * MAX_BYTES);
    const at = this.#next * MAX_BYTES;
    for (let i = 0; i < length; i++) this.#bytes[at + i] = bytes[start + i] as number;
    this.#lengths[this.#next] = length;
    this.#next = (this.#next + 1) % TEXTS;
  }
}
