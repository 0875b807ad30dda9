import { type FieldPlace, placeBelow } from './field-context.ts';

/** Walks a JSON value without recursion, copies only what changes, and leaves everything else as the same objects. */

/** What to put in a value's place: the same value keeps it, DROP removes its field. */
export const DROP: unique symbol = Symbol('drop');

export interface TreeVisitor {
  /** Called for every string, number, and raw number; returns its replacement. */
  leaf(value: unknown, place: FieldPlace, path: () => string[]): unknown;
  /** Called for every name that holds something personal; returns the name to use. */
  key(name: string, place: FieldPlace, path: () => string[]): string;
  /** Called once per object with its number of members. */
  members(count: number): void;
}

interface Frame {
  readonly node: object;
  readonly keys: readonly string[] | undefined;
  readonly place: FieldPlace;
  readonly parent: Frame | undefined;
  readonly depth: number;
  /** Name or index of this node in its parent. */
  readonly name: string;
  readonly pairPlace: FieldPlace | undefined;
  /** The frame at depth `OUTER_NAMES`, of those below it. */
  readonly outer: Frame | undefined;
  index: number;
  edits: Map<string, unknown> | undefined;
  renames: Map<string, string> | undefined;
}

/** Names under which `{name: 'phone', value: '…'}` tells the meaning of its value. */
const PAIR_NAMES = ['name', 'key', 'field', 'label', 'property', 'attribute', 'id', 'type', 'question'];
const PAIR_VALUES = new Set([
  'value',
  'val',
  'values',
  'answer',
  'content',
  'newValue',
  'oldValue',
  'new_value',
  'old_value',
]);

/** Whether a field of this name may get its meaning from the fields beside it. */
export const holdsPair = (name: string): boolean => PAIR_VALUES.has(name);

function isWalkable(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) return true;
  const opaque =
    ArrayBuffer.isView(value) || value instanceof Date || value instanceof Map || value instanceof Set;
  return !opaque && !isRaw(value);
}

function isRaw(value: object): boolean {
  return Object.isFrozen(value) && Object.hasOwn(value, 'rawJSON');
}

/** The place that a name/value pair gives to its value, when the name means something. */
function pairPlace(node: object, keys: readonly string[], place: FieldPlace): FieldPlace | undefined {
  if (keys.length > 12 || !keys.some(holdsPair)) return undefined;
  const record = node as Record<string, unknown>;
  for (const candidate of PAIR_NAMES) {
    const name = Object.hasOwn(node, candidate) ? record[candidate] : undefined;
    if (typeof name !== 'string' || name.length > 64) continue;
    const below = placeBelow(place, name);
    if (below.hint !== undefined) return below;
  }
  return undefined;
}

function frameOf(
  node: object,
  place: FieldPlace,
  parent: Frame | undefined,
  name: string,
  visitor: TreeVisitor,
): Frame {
  const keys = Array.isArray(node) ? undefined : Object.keys(node);
  if (keys !== undefined) visitor.members(keys.length);
  const pair = keys === undefined ? undefined : pairPlace(node, keys, place);
  return {
    node,
    keys,
    place,
    parent,
    depth: (parent?.depth ?? -1) + 1,
    name,
    pairPlace: pair,
    outer: outerFrameOf(parent),
    index: 0,
    edits: undefined,
    renames: undefined,
  };
}

/** Of a path that is longer, so many outer and inner names are told: a document of any depth costs the same per finding. */
const OUTER_NAMES = 32;
const INNER_NAMES = 32;
/** Stands for the names between them. */
const CUT = '…';

const outerFrameOf = (parent: Frame | undefined): Frame | undefined =>
  parent?.depth === OUTER_NAMES ? parent : parent?.outer;

/** Names from the root to `name` in `frame`; personal names on the way stand as their replacement. */
function pathTo(frame: Frame, name: string): string[] {
  const { outer } = frame;
  if (outer === undefined || frame.depth < OUTER_NAMES + INNER_NAMES)
    return namesUpTo(undefined, frame, name);
  let inner = frame;
  for (let i = 1; i < INNER_NAMES; i++) inner = inner.parent ?? inner;
  return [
    ...namesUpTo(undefined, outer.parent ?? outer, outer.name),
    CUT,
    ...namesUpTo(inner.parent, frame, name),
  ];
}

/** Names below `above` down to `name` in `frame`. */
function namesUpTo(above: Frame | undefined, frame: Frame, name: string): string[] {
  const names: string[] = [];
  let shown = name;
  for (let at: Frame | undefined = frame; at !== undefined && at !== above; at = at.parent) {
    names.push(at.renames?.get(shown) ?? shown);
    shown = at.name;
  }
  return names.reverse();
}

function setOwn(target: object, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  } else (target as Record<string, unknown>)[name] = value;
}

function freeName(target: object, wanted: string): string {
  if (!Object.hasOwn(target, wanted)) return wanted;
  const stem = wanted.endsWith(']') ? wanted.slice(0, -1) : wanted;
  const tail = wanted.endsWith(']') ? ']' : '';
  for (let n = 2; ; n++) {
    const name = `${stem}_${n}${tail}`;
    if (!Object.hasOwn(target, name)) return name;
  }
}

function rebuilt(frame: Frame): unknown {
  const { node, keys, edits, renames } = frame;
  if (edits === undefined && renames === undefined) return node;
  if (keys === undefined) {
    const items: unknown[] = [];
    (node as readonly unknown[]).forEach((item, index) => {
      const edited = edits?.has(String(index)) ? edits.get(String(index)) : item;
      if (edited !== DROP) items.push(edited);
    });
    return items;
  }
  const prototype: unknown = Object.getPrototypeOf(node);
  const copy: object = prototype === Object.prototype ? {} : Object.create(prototype as object | null);
  for (const key of keys) {
    const value = edits?.has(key) ? edits.get(key) : (node as Record<string, unknown>)[key];
    if (value === DROP) continue;
    const wanted = renames?.get(key) ?? key;
    setOwn(copy, wanted === key ? key : freeName(copy, wanted), value);
  }
  return copy;
}

function edit(frame: Frame, name: string, value: unknown): void {
  frame.edits ??= new Map();
  frame.edits.set(name, value);
}

/** The place of the frame's next child; reports personal names on the way. */
function childPlace(frame: Frame, name: string, visitor: TreeVisitor): FieldPlace {
  if (frame.keys === undefined) return frame.place;
  if (frame.pairPlace !== undefined && holdsPair(name)) return frame.pairPlace;
  const place = placeBelow(frame.place, name);
  if (place.keyFindings.length > 0) {
    const renamed = visitor.key(name, place, () => pathTo(frame, name).slice(0, -1));
    if (renamed !== name) {
      frame.renames ??= new Map();
      frame.renames.set(name, renamed);
    }
  }
  return place;
}

/** Handles the child at the frame's index; returns a frame to descend into. */
function step(frame: Frame, visitor: TreeVisitor): Frame | undefined {
  const name = frame.keys === undefined ? String(frame.index) : (frame.keys[frame.index] ?? '');
  frame.index++;
  const value: unknown = (frame.node as Record<string, unknown>)[name];
  const place = childPlace(frame, name, visitor);
  if (isWalkable(value)) return frameOf(value, place, frame, name, visitor);
  if (value === null || value === undefined || typeof value === 'boolean') return undefined;
  const replaced = visitor.leaf(value, place, () => pathTo(frame, name));
  if (!Object.is(replaced, value)) edit(frame, name, replaced);
  return undefined;
}

/** The value with all replacements made; the very same reference when there were none. */
export function transformTree(root: unknown, place: FieldPlace, visitor: TreeVisitor): unknown {
  if (!isWalkable(root)) return visitor.leaf(root, place, () => []);
  let frame: Frame | undefined = frameOf(root, place, undefined, '', visitor);
  for (;;) {
    const size: number =
      frame.keys === undefined ? (frame.node as readonly unknown[]).length : frame.keys.length;
    if (frame.index < size) {
      frame = step(frame, visitor) ?? frame;
      continue;
    }
    const result = rebuilt(frame);
    const parent: Frame | undefined = frame.parent;
    if (parent === undefined) return result;
    if (result !== frame.node) edit(parent, frame.name, result);
    frame = parent;
  }
}
