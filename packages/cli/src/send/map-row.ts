import { type FieldSpec, type Mapping, PLACE } from './mapping.ts';
import { rowTime } from './row-time.ts';

export type RowEvent = Readonly<Record<string, unknown>>;

/** A row as an event, or why not. Messages name columns, never what stands in them. */
export type MappedRow =
  | { readonly ok: true; readonly event: RowEvent }
  | { readonly ok: false; readonly code: 'bad_cell' | 'empty_cell'; readonly message: string };

class CellProblem extends Error {
  readonly code: 'bad_cell' | 'empty_cell';

  constructor(code: CellProblem['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** `cells` by column name. Pure: the id is added by the caller. */
export function mapRow(mapping: Mapping, cells: ReadonlyMap<string, string>): MappedRow {
  try {
    return { ok: true, event: objectOf(mapping.event, cells) };
  } catch (error) {
    if (error instanceof CellProblem) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}

function objectOf(specs: Readonly<Record<string, FieldSpec>>, cells: ReadonlyMap<string, string>): RowEvent {
  const fields: [string, unknown][] = [];
  for (const [name, spec] of Object.entries(specs)) {
    const value = valueFor(spec, cells);
    if (value !== undefined) fields.push([name, value]);
  }
  return Object.fromEntries(fields);
}

function valueFor(spec: FieldSpec, cells: ReadonlyMap<string, string>): unknown {
  if ('value' in spec) return spec.value;
  if ('fields' in spec) return objectOf(spec.fields, cells);
  if ('template' in spec)
    return spec.template.replaceAll(PLACE, (_, column: string) => cells.get(column) ?? '');
  const cell = cells.get(spec.column)?.trim() ?? '';
  if (cell === '') {
    if (spec.optional) return undefined;
    throw new CellProblem('empty_cell', `column ${spec.column} is empty`);
  }
  const value = convert[spec.as](cell);
  if (value === undefined) throw new CellProblem('bad_cell', `column ${spec.column} is not a ${spec.as}`);
  return value;
}

type As = Extract<FieldSpec, { column: string }>['as'];

const convert: Readonly<Record<As, (cell: string) => unknown>> = {
  text: (cell) => cell,
  integer: (cell) => (/^[+-]?\d{1,15}$/.test(cell) ? Number(cell) : undefined),
  number: (cell) =>
    /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(cell) ? finite(Number(cell)) : undefined,
  boolean: (cell) => ({ true: true, '1': true, false: false, '0': false })[cell.toLowerCase()],
  timestamp: rowTime,
};

const finite = (n: number): number | undefined => (Number.isFinite(n) ? n : undefined);
