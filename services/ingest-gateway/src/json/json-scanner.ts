import type { Code } from '../problem/codes.ts';
import { isForbiddenKey } from './forbidden-key.ts';
import { KeyStack } from './key-stack.ts';
import { MalformedJson } from './malformed-json.ts';
import { skipScalar, skipString } from './tokens.ts';

/** Bounds on one event's JSON. */
export interface ScanLimits {
  /** Levels of nesting, the event's own object being the first. */
  readonly maxDepth: number;
  /** Keys of all objects in the event. */
  readonly maxKeys: number;
}

/** Why well-formed JSON is refused. */
export type ScanProblem = Extract<
  Code,
  | 'too_deep'
  | 'too_many_keys'
  | 'duplicate_key'
  | 'forbidden_key'
  | 'forbidden_character'
  | 'number_out_of_range'
>;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/**
 * Recognises JSON (RFC 8259) exactly as JSON.parse does, in one pass and without recursion, so that depth costs no stack;
 * it builds nothing. On the way it finds what JSON.parse would silently accept: duplicate keys, `__proto__`, halves of
 * surrogate pairs, numbers that overflow to Infinity. The first such problem is kept and the scan goes on to the value's
 * end, so that one bad event does not hide its neighbours. Throws MalformedJson.
 */
export class JsonScanner {
  readonly text: string;
  position: number;
  /** The current item's first problem. */
  problem: ScanProblem | null = null;
  readonly #end: number;
  readonly #limits: ScanLimits;
  #keyCount = 0;
  readonly #keys = new KeyStack();
  /** Open containers of the value being scanned, 1 for an object: a byte per level, whatever the depth. */
  #isObject = new Uint8Array(64);
  #open = 0;

  constructor(text: string, limits: ScanLimits, start = 0, end = text.length) {
    this.text = text;
    this.position = start;
    this.#end = end;
    this.#limits = limits;
  }

  /** Begins another item: forgets the last one's problem and key count. */
  startItem(): void {
    this.problem = null;
    this.#keyCount = 0;
  }

  refuse(code: ScanProblem): void {
    this.problem ??= code;
  }

  /** The next character that is no white space, without taking it; 0 at the end. */
  peek(): number {
    const { text } = this;
    const end = this.#end;
    let at = this.position;
    while (at < end) {
      const c = text.charCodeAt(at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) break;
      at++;
    }
    this.position = at;
    return at < end ? text.charCodeAt(at) : 0;
  }

  /** Takes the next character if it is `c`. */
  take(c: number): boolean {
    if (this.peek() !== c) return false;
    this.position++;
    return true;
  }

  expect(c: number): void {
    if (!this.take(c)) throw new MalformedJson(this.position);
  }

  /** Scans an array, calling back at the start of each element, which the callback scans. */
  array(onElement: () => void): void {
    this.expect(OPEN_ARRAY);
    if (this.take(CLOSE_ARRAY)) return;
    do onElement();
    while (this.take(COMMA));
    this.expect(CLOSE_ARRAY);
  }

  /** Scans an object, calling back at the start of each value, which the callback scans. */
  object(onMember: (key: string) => void): void {
    this.expect(OPEN_OBJECT);
    if (this.take(CLOSE_OBJECT)) return;
    const keys = new KeyStack();
    do {
      const key = this.#key();
      if (!keys.add(key)) this.refuse('duplicate_key');
      this.#checkKey(key, undefined);
      onMember(key);
    } while (this.take(COMMA));
    this.expect(CLOSE_OBJECT);
  }

  /** Scans one value. `level` is the depth a container here would be at, `parent` the key it stands under. */
  value(level: number, parent?: string): void {
    this.#open = 0;
    this.#keys.clear();
    do {
      const c = this.peek();
      if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
        if (this.#enter(c === OPEN_OBJECT, level, parent)) continue;
      } else this.position = skipScalar(this.text, this.position, this.#end, this);
      this.#leave(parent);
    } while (this.#open > 0);
  }

  /** Opens a container; false when it is empty and closed again. */
  #enter(isObject: boolean, level: number, parent: string | undefined): boolean {
    this.position++;
    if (level + this.#open > this.#limits.maxDepth) this.refuse('too_deep');
    if (this.take(isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) return false;
    if (this.#open === this.#isObject.length) {
      const grown = new Uint8Array(this.#open * 2);
      grown.set(this.#isObject);
      this.#isObject = grown;
    }
    this.#isObject[this.#open++] = isObject ? 1 : 0;
    if (isObject) {
      if (this.problem === null) this.#keys.open();
      this.#member(parent);
    }
    return true;
  }

  /** After a value: stops before the next one, or closes what ends here. */
  #leave(parent: string | undefined): void {
    while (this.#open > 0) {
      const isObject = this.#isObject[this.#open - 1] === 1;
      if (this.take(COMMA)) {
        if (isObject) this.#member(parent);
        return;
      }
      this.expect(isObject ? CLOSE_OBJECT : CLOSE_ARRAY);
      this.#open--;
      if (isObject && this.problem === null) this.#keys.close();
    }
  }

  /** Scans a key and its colon. Once the item has a problem, keys are not looked at: its key stack is stale. */
  #member(parent: string | undefined): void {
    if (this.problem === null) {
      const key = this.#key();
      if (!this.#keys.add(key)) this.refuse('duplicate_key');
      this.#checkKey(key, this.#parentKey(parent));
    } else {
      if (this.peek() !== QUOTE) throw new MalformedJson(this.position);
      this.position = skipString(this.text, this.position, this.#end, this);
      this.expect(COLON);
    }
  }

  #parentKey(parent: string | undefined): string | undefined {
    if (this.#open === 1) return parent;
    return this.#isObject[this.#open - 2] === 1 ? this.#keys.enclosingKey() : undefined;
  }

  #checkKey(key: string, parent: string | undefined): void {
    if (++this.#keyCount > this.#limits.maxKeys) this.refuse('too_many_keys');
    if (isForbiddenKey(key, parent)) this.refuse('forbidden_key');
  }

  /** Takes a key, decoded, and its colon. */
  #key(): string {
    if (this.peek() !== QUOTE) throw new MalformedJson(this.position);
    const start = this.position;
    this.position = skipString(this.text, start, this.#end, this);
    const raw = this.text.slice(start + 1, this.position - 1);
    const key = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
    this.expect(COLON);
    return key;
  }
}
