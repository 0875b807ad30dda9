/** Keys that are compared one by one before a Set is worth it. */
const LINEAR_KEYS = 12;

/** The keys of the open objects, so that a repeated one is found in constant time. */
export class KeyStack {
  readonly #keys: string[] = [];
  readonly #bases: number[] = [];
  readonly #sets: (Set<string> | null)[] = [];

  open(): void {
    this.#bases.push(this.#keys.length);
    this.#sets.push(null);
  }

  close(): void {
    this.#keys.length = this.#bases.pop() ?? 0;
    this.#sets.pop();
  }

  clear(): void {
    this.#keys.length = 0;
    this.#bases.length = 0;
    this.#sets.length = 0;
  }

  /** Adds a key to the innermost object; false when it has it already. */
  add(key: string): boolean {
    const keys = this.#keys;
    const base = this.#bases.at(-1) ?? 0;
    if (keys.length - base < LINEAR_KEYS) {
      for (let i = base; i < keys.length; i++) if (keys[i] === key) return false;
    } else {
      const set = this.#set(base);
      if (set.has(key)) return false;
      set.add(key);
    }
    keys.push(key);
    return true;
  }

  /** The key whose value the innermost object is, given that the object around it is open too. */
  enclosingKey(): string | undefined {
    return this.#keys[(this.#bases.at(-1) ?? 0) - 1];
  }

  #set(base: number): Set<string> {
    const top = this.#sets.length - 1;
    const set = this.#sets[top] ?? new Set(this.#keys.slice(base));
    this.#sets[top] = set;
    return set;
  }
}
