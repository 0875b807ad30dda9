import { type FieldPlace, placeBelow } from './field-context.ts';
import { KnownTexts } from './known-texts.ts';
import { holdsPair } from './tree.ts';

/** A place in a document, found by the bytes of its name. */
export interface NamedPlace {
  readonly place: FieldPlace;
  /** Its name says nothing of what it holds: only what the value shows counts. */
  readonly isPlain: boolean;
  /** The fields below it. */
  readonly below: NameTable;
  /** Texts that stood here and were found clean. */
  readonly clean: KnownTexts;
  /** The number of the object that held this name last. */
  seenIn: number;
}

interface Slot extends NamedPlace {
  readonly name: Uint8Array;
  readonly hash: number;
}

/** Doubled as long as it is more than half full. */
const FIRST_SLOTS = 16;

const isPlain = ({ hint, nameLike }: FieldPlace): boolean => hint === undefined && nameLike !== true;

export const namedPlace = (place: FieldPlace): NamedPlace => ({
  place,
  isPlain: isPlain(place),
  below: new NameTable(place),
  clean: new KnownTexts(),
  seenIn: 0,
});

/** Names of one object's fields, as bytes: no text is made of a name that has come before. */
export class NameTable {
  readonly #place: FieldPlace;
  #slots: (Slot | undefined)[] = [];
  #used = 0;

  constructor(place: FieldPlace) {
    this.#place = place;
  }

  /**
   * The place of the name at `start` to `end`, ASCII without escapes. Null where the name has to be looked at with care:
   * personal itself, telling what a value beside it is, or not worth keeping.
   */
  find(bytes: Buffer, start: number, end: number): NamedPlace | null {
    let hash = 0x811c9dc5; // FNV-1a
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    const mask = this.#slots.length - 1;
    for (let i = hash & mask; mask > 0; i = (i + 1) & mask) {
      const slot = this.#slots[i];
      if (slot === undefined) break;
      if (slot.hash === hash && isSame(slot.name, bytes, start, end)) return slot;
    }
    return this.#learn(bytes, start, end, hash);
  }

  #learn(bytes: Buffer, start: number, end: number, hash: number): NamedPlace | null {
    const name = bytes.toString('latin1', start, end);
    if (holdsPair(name)) return null;
    const place = placeBelow(this.#place, name);
    // What the places do not keep is not kept here: its bounds are theirs.
    if (this.#place.children.get(name) !== place) return null;
    const slot = { ...namedPlace(place), name: Buffer.from(name, 'latin1'), hash };
    if (2 * ++this.#used > this.#slots.length) this.#grow();
    this.#put(slot);
    return slot;
  }

  #grow(): void {
    const slots = this.#slots;
    this.#slots = new Array<Slot | undefined>(Math.max(FIRST_SLOTS, slots.length * 2)).fill(undefined);
    for (const slot of slots) if (slot !== undefined) this.#put(slot);
  }

  #put(slot: Slot): void {
    const mask = this.#slots.length - 1;
    let i = slot.hash & mask;
    while (this.#slots[i] !== undefined) i = (i + 1) & mask;
    this.#slots[i] = slot;
  }
}

function isSame(name: Uint8Array, bytes: Buffer, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}
