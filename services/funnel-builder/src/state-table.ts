/** How a state is kept while nobody works on it. */
export interface StateCodec<S> {
  write(state: S): string;
  read(text: string): S;
}

/** What a partition may hold; shared by its tables. */
export interface Budget {
  readonly limitBytes: number;
  usedBytes: number;
  /** States that are objects as well, which `usedBytes` does not count. */
  open: number;
}

/** The map's place, the key and the entry; measured with `bench.ts`. */
const ENTRY_BYTES = 200;

interface Entry<S> {
  text: string;
  /** The state as an object, where it was worked on lately. */
  open: S | null;
  /** The text does not yet say what the object does. */
  dirty: boolean;
  /** Everything up to this offset is in the state since it was read back; -1 for one that was not. */
  readonly asOf: number;
}

export type Update = 'changed' | 'unchanged' | 'already_counted' | 'refused';

/**
 * States by key, each kept as the JSON that is published: a quarter of the memory of objects, known to the byte, and a
 * restart reads it back without parsing. What is worked on is an object as well, until `close`.
 */
export class StateTable<S> {
  readonly #codec: StateCodec<S>;
  readonly #budget: Budget;
  readonly #entries = new Map<string, Entry<S>>();
  readonly #open = new Set<Entry<S>>();
  readonly #dirty = new Set<Entry<S>>();
  readonly #changed = new Set<string>();
  #bytes = 0;

  constructor(codec: StateCodec<S>, budget: Budget) {
    this.#codec = codec;
    this.#budget = budget;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /** Takes back what was published. Of several states of one key the one with the highest as-of counts. */
  restore(key: string, text: string, asOf: number): void {
    const known = this.#entries.get(key);
    if (known !== undefined && known.asOf > asOf) return;
    this.remove(key);
    this.#entries.set(key, { text, open: null, dirty: false, asOf });
    this.#add(ENTRY_BYTES + text.length);
  }

  remove(key: string): void {
    const known = this.#entries.get(key);
    if (known === undefined) return;
    this.#entries.delete(key);
    this.#changed.delete(key);
    this.#dirty.delete(known);
    if (this.#open.delete(known)) this.#budget.open--;
    this.#add(-(ENTRY_BYTES + known.text.length));
  }

  /**
   * Shows a key's state to `change`, which answers the state after it, or undefined where nothing changed. `full`: the state
   * must not grow. A new one is refused then.
   */
  update(
    key: string,
    offset: number,
    change: (state: S | undefined, full: boolean) => S | undefined,
  ): Update {
    const entry = this.#entries.get(key);
    if (entry !== undefined && offset <= entry.asOf) return 'already_counted';
    const full = this.#budget.usedBytes >= this.#budget.limitBytes;
    const before = entry === undefined ? undefined : (entry.open ?? this.#codec.read(entry.text));
    const after = change(before, full);
    if (after === undefined) return 'unchanged';
    if (entry === undefined && full) return 'refused';
    const changed = entry ?? { text: '', open: null, dirty: false, asOf: -1 };
    if (changed.open === null) {
      this.#open.add(changed);
      this.#budget.open++;
    }
    changed.open = after;
    if (!changed.dirty) this.#dirty.add(changed);
    changed.dirty = true;
    this.#changed.add(key);
    if (entry === undefined) {
      this.#entries.set(key, changed);
      this.#add(ENTRY_BYTES);
    }
    return 'changed';
  }

  /** Writes down what was worked on. */
  settle(): void {
    for (const entry of this.#dirty) {
      if (entry.open === null) continue;
      const text = this.#codec.write(entry.open);
      this.#add(text.length - entry.text.length);
      entry.text = text;
      entry.dirty = false;
    }
    this.#dirty.clear();
  }

  /** Keeps no state as an object. */
  close(): void {
    this.settle();
    for (const entry of this.#open) entry.open = null;
    this.#budget.open -= this.#open.size;
    this.#open.clear();
  }

  /** Up to `max` states that changed since they were last taken; settles them first. */
  takeChanged(max: number): { readonly key: string; readonly text: string }[] {
    this.settle();
    const taken: { key: string; text: string }[] = [];
    for (const key of this.#changed) {
      if (taken.length >= max) break;
      this.#changed.delete(key);
      taken.push({ key, text: this.#entries.get(key)?.text ?? '' });
    }
    return taken;
  }

  /** Gives its share of the budget back; nothing but its keys is used afterwards. */
  release(): void {
    this.#budget.open -= this.#open.size;
    this.#open.clear();
    this.#add(-this.#bytes);
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.usedBytes += bytes;
  }
}
