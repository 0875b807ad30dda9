import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Fields of an object as its declaration file names them. */
interface Fields {
  /** Takes any key. */
  isOpen: boolean;
  readonly types: Map<string, FieldType>;
}

type FieldType = { readonly inline: Fields } | { readonly name: string };

/** A declaration file: its fields, and where those that it names are. */
interface Declaration {
  readonly fields: Fields;
  readonly imports: ReadonlyMap<string, string>;
}

const read = new Map<string, Declaration>();

/**
 * Places in a manifest that its kind does not have, so that a mistyped one is not silently ignored: validators of these packages only
 * look at what they know. Types of other packages (metadata, label selectors) are left out.
 */
export function unknownFields(declarationFile: string, value: unknown, at = ''): string[] {
  const { fields, imports } = declarationOf(declarationFile);
  return unknownIn(fields, imports, value, at);
}

function unknownIn(fields: Fields, imports: Declaration['imports'], value: unknown, at: string): string[] {
  if (Array.isArray(value)) return value.flatMap((v, i) => unknownIn(fields, imports, v, `${at}[${i}]`));
  if (typeof value !== 'object' || value === null || fields.isOpen) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const type = fields.types.get(key);
    const where = `${at}.${key}`;
    if (type === undefined) return [where];
    if ('inline' in type) return unknownIn(type.inline, imports, inner, where);
    const file = imports.get(type.name);
    return file === undefined ? [] : unknownFields(file, inner, where);
  });
}

function declarationOf(file: string): Declaration {
  const known = read.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(file, 'utf8');
  const imports = new Map<string, string>();
  for (const [, name = '', from = ''] of text.matchAll(/^import \{ (\w+) \} from "([^"]+)";$/gm)) {
    const target = path.resolve(path.dirname(file), from.replace(/(\.m?js)?$/, '.d.ts'));
    if (from.startsWith('.') && existsSync(target)) imports.set(name, target);
  }
  const lines = text.split('\n');
  // The class has the fields that its interface inherits, too.
  const start = lines.findIndex((line) => line.startsWith('export declare class '));
  // A name for another type, such as a quantity: nothing to look into.
  const open = { isOpen: true, types: new Map<string, FieldType>() };
  const fields = start === -1 ? open : readFields(lines, start + 1).fields;
  const declaration = { fields, imports };
  read.set(file, declaration);
  return declaration;
}

/** Fields from a line on, up to the brace that ends them. */
function readFields(lines: readonly string[], from: number): { fields: Fields; next: number } {
  const fields: Fields = { isOpen: false, types: new Map() };
  let i = from;
  for (; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (/^\s*\}/.test(line)) break;
    if (/^\s*\[\w+: string\]/.test(line)) fields.isOpen = true;
    const [, name, type = ''] = /^\s*"([^"]+)"\??: (.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (type.endsWith('{')) {
      const inner = readFields(lines, i + 1);
      fields.types.set(name, { inline: inner.fields });
      i = inner.next;
    } else fields.types.set(name, { name: /^(?:Array<)?(\w+)/.exec(type)?.[1] ?? '' });
  }
  return { fields, next: i };
}
