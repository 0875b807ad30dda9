/** A small seeded generator (mulberry32): the corpus is the same on every machine. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.int(0, items.length - 1)];
    if (item === undefined) throw new RangeError('pick from an empty list');
    return item;
  }

  chars(alphabet: string, length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += alphabet.charAt(this.int(0, alphabet.length - 1));
    return text;
  }

  digits(length: number): string {
    return this.chars('0123456789', length);
  }

  hex(length: number): string {
    return this.chars('0123456789abcdef', length);
  }

  alnum(length: number): string {
    return this.chars('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', length);
  }

  uuid(): string {
    return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-a${this.hex(3)}-${this.hex(12)}`;
  }

  /** `yyyy-mm-dd` */
  date(firstYear: number, lastYear: number): string {
    const two = (value: number): string => String(value).padStart(2, '0');
    return `${this.int(firstYear, lastYear)}-${two(this.int(1, 12))}-${two(this.int(1, 28))}`;
  }

  /** Draws until the check holds; checks in use hold for one draw in some hundreds at least. */
  until(draw: () => string, valid: (text: string) => boolean): string {
    for (let i = 0; i < 1_000_000; i++) {
      const text = draw();
      if (valid(text)) return text;
    }
    throw new RangeError('no draw passed its check');
  }
}
