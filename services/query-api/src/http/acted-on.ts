/** Parameters and fields that name a person: never kept as they are. */
const PERSONAL: ReadonlySet<string> = new Set([
  'user_id',
  'anonymous_id',
  'subject',
  'subject_id',
  'person',
  'email',
]);
/** Fields of a body that name what is made. */
const NAMING = ['name', 'id', 'job'] as const;

interface Given {
  readonly path: URLSearchParams;
  readonly query: URLSearchParams;
  /** Parsed JSON, unchecked. */
  readonly body: unknown;
}

/** What an act is done to, and whom it is about, as the audit log keeps it. Of a body only what names something is taken. */
export function actedOn(
  { path, query, body }: Given,
  hash: ((subject: string) => string) | null,
): { readonly object: string | null; readonly subject: string | null } {
  const fields = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
  const textOf = (name: string): string | null => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const parts = [...path].filter(([name]) => !PERSONAL.has(name)).map(([, value]) => value);
  const named =
    parts.length > 0 ? parts.join('/') : (NAMING.map(textOf).find((text) => text !== null) ?? null);
  const person = [...PERSONAL]
    .map((name) => path.get(name) ?? query.get(name) ?? textOf(name))
    .find((value) => value !== null && value !== '');
  return {
    object: named,
    subject: person === undefined || person === null || hash === null ? null : hash(person),
  };
}
