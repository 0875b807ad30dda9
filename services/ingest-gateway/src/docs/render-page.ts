import { codes } from '../problem/codes.ts';
import type { openApiDocument } from './openapi.ts';

type Document = ReturnType<typeof openApiDocument>;

/** What this page reads of a schema. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What this page reads of an operation's body. */
interface RequestBody {
  readonly content?: Readonly<
    Record<string, { readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }>
  >;
}

export const STYLE = `
:root{color-scheme:light dark;--line:#8884;--soft:#8881}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
code,pre{font:14px/1.45 ui-monospace,monospace}
pre{background:var(--soft);padding:.8rem;overflow-x:auto;border-radius:6px}
table{border-collapse:collapse;width:100%;margin:.5rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
summary{cursor:pointer;padding:.4rem 0}
.method{font-weight:700;margin-right:.5rem}
`;

const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const prose = (text: string) => escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  `<table><thead><tr>${head.map((h) => `<th scope="col">${h}</th>`).join('')}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
    .join('')}</tbody></table>`;

/** The documentation as one HTML page: no script, nothing from elsewhere. */
export function renderPage(document: Document): string {
  const { title, description = '' } = document.info;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(title)}</h1><p>${prose(description)} The same as data: <a href="/openapi.json">openapi.json</a>.</p>
<h2>First event</h2><pre>curl -H "Authorization: Bearer $WRITE_KEY" -H "Content-Type: application/json" \\
  -d '{"event_name":"Feature Used","user_id":"user_42"}' http://localhost:3007/api/v1/product/events</pre>
<h2>Paths</h2>${renderPaths(document)}
<h2>Events</h2>${renderSchemas(document)}
<h2>Codes</h2>${renderCodes()}
</body></html>
`;
}

function renderPaths(document: Document): string {
  return Object.entries(document.paths ?? {})
    .flatMap(([path, item]) =>
      (['get', 'post'] as const).flatMap((method) => {
        const operation = item[method];
        if (operation === undefined) return [];
        const shown = examplesOf(operation).map(
          (e) => `<pre>${escapeHtml(JSON.stringify(e, null, 2))}</pre>`,
        );
        const heading = `<span class="method">${method.toUpperCase()}</span><code>${escapeHtml(path)}</code>`;
        return `<details><summary>${heading}</summary><p>${prose(operation.summary ?? '')}.</p>${prose(
          operation.description ?? '',
        )}${shown.join('')}</details>`;
      }),
    )
    .join('\n');
}

function examplesOf(operation: object): readonly unknown[] {
  const body = 'requestBody' in operation ? (operation.requestBody as RequestBody) : undefined;
  const examples = body?.content?.['application/json']?.examples ?? {};
  return Object.values(examples).map((example) => example.value);
}

function renderSchemas(document: Document): string {
  const schemas = (document.components?.schemas ?? {}) as Readonly<Record<string, Schema>>;
  return Object.entries(schemas)
    .filter(([, schema]) => schema.properties !== undefined)
    .map(([name, schema]) => {
      const rows = Object.entries(schema.properties ?? {}).map(([field, type]) => [
        `<code>${escapeHtml(field)}</code>${schema.required?.includes(field) ? ' (required)' : ''}`,
        escapeHtml(typeText(type)),
        prose(type.description ?? ''),
      ]);
      const heading = `<h3 id="${escapeHtml(name)}">${escapeHtml(name)}</h3><p>${prose(schema.description ?? '')}</p>`;
      return heading + table(['Field', 'Type', ''], rows);
    })
    .join('\n');
}

/** A type in words, with its bounds. */
function typeText(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? '';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf !== undefined) {
    return schema.anyOf
      .map(typeText)
      .filter((t) => t !== 'null')
      .join(' or ');
  }
  const type = typeof schema.type === 'string' ? schema.type : (schema.type ?? []).join(' or ');
  const bounds = [
    schema.maxLength === undefined ? '' : `at most ${schema.maxLength} characters`,
    schema.minimum === undefined ? '' : `from ${schema.minimum}`,
    schema.maximum === undefined ? '' : `to ${schema.maximum}`,
  ].filter((b) => b !== '');
  return [type, ...bounds].join(', ');
}

function renderCodes(): string {
  const rows = Object.entries(codes).map(([code, { status, title, advice }]) => [
    `<code>${code}</code>`,
    String(status),
    escapeHtml(title),
    prose(advice),
  ]);
  return table(['Code', 'Status', 'Meaning', 'What to do'], rows);
}
