import { z } from 'zod';

const columnField = z.strictObject({
  /** The column the value comes from. */
  column: z.string().min(1),
  as: z.enum(['text', 'integer', 'number', 'boolean', 'timestamp']).default('text'),
  /** An empty cell leaves the field out, instead of making the row bad. */
  optional: z.boolean().default(false),
});

/** Text with `{column}` places. */
const templateField = z.strictObject({ template: z.string().min(1) });

/** The same JSON value in every event. */
const valueField = z.strictObject({ value: z.json() });

/** An object of further fields. */
const objectField = z.strictObject({
  get fields() {
    return z.record(z.string(), fieldSpec);
  },
});

const fieldSpec: z.ZodType<FieldSpec> = z.lazy(() =>
  z.union([columnField, templateField, valueField, objectField]),
);

export type FieldSpec =
  | z.output<typeof columnField>
  | z.output<typeof templateField>
  | z.output<typeof valueField>
  | { readonly fields: Readonly<Record<string, FieldSpec>> };

export const apis = ['product', 'ai'] as const;
/** Which of the gateway's two APIs takes the events. */
export type Api = (typeof apis)[number];

const mapping = z.strictObject({
  /** Part of each event's id: under another name, the same rows are other events. */
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'use lower-case letters, digits, dots, dashes'),
  description: z.string().optional(),
  api: z.enum(apis),
  /** The header line, by which a file is recognised. The order does not matter. */
  columns: z.array(z.string().min(1)).min(1),
  /** The event's fields, as the gateway's API names them; `event_id` is added by `send`. */
  event: z.record(z.string(), fieldSpec),
});

/** How the rows of a CSV file become events. */
export type Mapping = z.output<typeof mapping>;

export type MappingResult =
  | { readonly ok: true; readonly mapping: Mapping }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads a mapping file's text, and names every problem at once. */
export function parseMapping(text: string): MappingResult {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { ok: false, problems: [error instanceof Error ? error.message : 'not JSON'] };
  }
  const read = mapping.safeParse(json);
  if (!read.success) {
    const problems = read.error.issues.map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`);
    return { ok: false, problems };
  }
  const unknown = [...usedColumns({ fields: read.data.event })].filter((c) => !read.data.columns.includes(c));
  return unknown.length > 0
    ? { ok: false, problems: unknown.map((c) => `event: column ${c} is not among \`columns\``) }
    : { ok: true, mapping: read.data };
}

export const PLACE = /\{([^{}]+)\}/g;

function usedColumns(spec: FieldSpec): Set<string> {
  if ('column' in spec) return new Set([spec.column]);
  if ('template' in spec) return new Set([...spec.template.matchAll(PLACE)].map((m) => m[1] ?? ''));
  if ('fields' in spec) return new Set(Object.values(spec.fields).flatMap((f) => [...usedColumns(f)]));
  return new Set();
}

/** The mapping whose columns are the file's, whatever their order. */
export function mappingForHeader(
  mappings: readonly Mapping[],
  header: readonly string[],
): Mapping | undefined {
  const key = (columns: readonly string[]) => [...columns].sort().join('\u001f');
  return mappings.find((m) => key(m.columns) === key(header));
}
