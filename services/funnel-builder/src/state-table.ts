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
const ENTRY_BYTES = 250;

interface Entry<S> {
  readonly key: string;
  text: string;
  /** The state as an object, where it was worked on lately; then it is in the list of those. */
  open: S | null;
  /** The text does not yet say what the object does; then it is in the list of those. */
  dirty: boolean;
  /** It is to be published; then it is in the list of those. */
  changed: boolean;
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
  // Lists, for the entries say themselves whether they are in one: a set would keep a hash of each.
  #open: Entry<S>[] = [];
  #dirty: Entry<S>[] = [];
  #changed: Entry<S>[] = [];
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
    this.#entries.set(key, { key, text, open: null, dirty: false, changed: false, asOf });
    this.#add(ENTRY_BYTES + text.length);
  }

  remove(key: string): void {
    const known = this.#entries.get(key);
    if (known === undefined) return;
    this.#entries.delete(key);
    // It stays in its lists, which pass over what is no longer so.
    known.changed = false;
    known.dirty = false;
    if (known.open !== null) {
      known.open = null;
      this.#budget.open--;
    }
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
    const known = this.#entries.get(key);
    if (known !== undefined && offset <= known.asOf) return 'already_counted';
    const full = this.#budget.usedBytes >= this.#budget.limitBytes;
    const before = known === undefined ? undefined : (known.open ?? this.#codec.read(known.text));
    const after = change(before, full);
    if (after === undefined) return 'unchanged';
    if (known === undefined && full) return 'refused';
    const entry = known ?? this.#create(key);
    if (entry.open === null) {
      this.#open.push(entry);
      this.#budget.open++;
    }
    entry.open = after;
    if (!entry.dirty) this.#dirty.push(entry);
    entry.dirty = true;
    if (!entry.changed) this.#changed.push(entry);
    entry.changed = true;
    return 'changed';
  }

  #create(key: string): Entry<S> {
    const entry = { key, text: '', open: null, dirty: false, changed: false, asOf: -1 };
    this.#entries.set(key, entry);
    this.#add(ENTRY_BYTES);
    return entry;
  }

  /** Writes down what was worked on. */
  settle(): void {
    for (const entry of this.#dirty) {
      if (!entry.dirty || entry.open === null) continue;
      const text = this.#codec.write(entry.open);
      this.#add(text.length - entry.text.length);
      entry.text = text;
      entry.dirty = false;
    }
    this.#dirty = [];
  }

  /** Keeps no state as an object. */
  close(): void {
    this.settle();
    this.#closeAll();
  }

  /** Up to `max` states that changed since they were last taken; settles them first. */
  takeChanged(max: number): { readonly key: string; readonly text: string }[] {
    this.settle();
    const taken: { key: string; text: string }[] = [];
    let from = 0;
    for (; from < this.#changed.length && taken.length < max; from++) {
      const entry = this.#changed[from] as Entry<S>;
      if (!entry.changed) continue;
      entry.changed = false;
      taken.push({ key: entry.key, text: entry.text });
    }
    this.#changed = this.#changed.slice(from);
    return taken;
  }

  /** Gives its share of the budget back; nothing but its keys is used afterwards. */
  release(): void {
    this.#closeAll();
    this.#add(-this.#bytes);
  }

  #closeAll(): void {
    for (const entry of this.#open) {
      if (entry.open === null) continue;
      entry.open = null;
      this.#budget.open--;
    }
    this.#open = [];
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.usedBytes += bytes;
  }
}
