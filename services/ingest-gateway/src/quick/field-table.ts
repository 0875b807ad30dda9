import { hashOf } from './byte-scanner.ts';

/** Finds a field by the bytes of a key, given the scanner's hash of them. */
export interface FieldTable {
  /** The slot; -1 where there is no such name. */
  slotOf(hash: number, bytes: Uint8Array, start: number, end: number): number;
}

/** Twice as many places as a shape has names, at least. */
const SIZE = 256;

/** `names`: each name that a producer may use, and the slot of its field. */
export function createFieldTable(names: ReadonlyMap<string, number>): FieldTable {
  const slots = new Int16Array(SIZE).fill(-1);
  const keys: (Uint8Array | null)[] = new Array(SIZE).fill(null);
  for (const [name, slot] of names) {
    const key = Buffer.from(name);
    let at = hashOf(key) & (SIZE - 1);
    while (keys[at] !== null) at = (at + 1) & (SIZE - 1);
    keys[at] = key;
    slots[at] = slot;
  }
  return {
    slotOf(hash, bytes, start, end) {
      for (let at = hash & (SIZE - 1); ; at = (at + 1) & (SIZE - 1)) {
        const key = keys[at] ?? null;
        if (key === null) return -1;
        if (isEqual(key, bytes, start, end)) return slots[at] ?? -1;
      }
    },
  };
}

function isEqual(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[start + i]) return false;
  return true;
}
