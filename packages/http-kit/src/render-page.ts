import { createHash } from 'node:crypto';
import type { CodeList } from './problem.ts';

/** What this page reads of an OpenAPI document. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly description?: string };
  readonly paths?: Readonly<Record<string, { readonly get?: Operation; readonly post?: Operation }>>;
  readonly components?: { readonly schemas?: object };
}

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
}

/** What a service shows beside its document. */
export interface PageOptions {
  readonly codes: CodeList;
  /** A first request to copy: its heading and the command. */
  readonly first: { readonly heading: string; readonly command: string };
  /** What the document's schemas are. */
  readonly schemasHeading: string;
}

/** What this page reads of a schema. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
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

const STYLE = `
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
function renderPage(document: ApiDocument, options: PageOptions): string {
  const { first } = options;
  const { title, description = '' } = document.info;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(title)}</h1><p>${prose(description)} The same as data: <a href="/openapi.json">openapi.json</a>.</p>
<h2>${escapeHtml(first.heading)}</h2><pre>${escapeHtml(first.command)}</pre>
<h2>Paths</h2>${renderPaths(document)}
<h2>${escapeHtml(options.schemasHeading)}</h2>${renderSchemas(document)}
<h2>Codes</h2>${renderCodes(options.codes)}
</body></html>
`;
}

function renderPaths(document: ApiDocument): string {
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
        )}${renderParameters(operation)}${shown.join('')}</details>`;
      }),
    )
    .join('\n');
}

function renderParameters(operation: Operation): string {
  const parameters = (operation.parameters ?? []) as readonly Parameter[];
  if (parameters.length === 0) return '';
  const rows = parameters.map((p) => [
    `<code>${escapeHtml(p.name)}</code>${p.required ? ' (required)' : ''}`,
    `${escapeHtml(p.in)}: ${escapeHtml(typeText(p.schema ?? {}))}`,
    prose(p.description ?? p.schema?.description ?? ''),
  ]);
  return table(['Parameter', 'Type', ''], rows);
}

function examplesOf(operation: Operation): readonly unknown[] {
  const body = operation.requestBody as RequestBody | undefined;
  const examples = body?.content?.['application/json']?.examples ?? {};
  return Object.values(examples).map((example) => example.value);
}

function renderSchemas(document: ApiDocument): string {
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
  if (schema.enum !== undefined) return schema.enum.join(', ');
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

function renderCodes(codes: CodeList): string {
  const rows = Object.entries(codes).map(([code, { status, title, advice }]) => [
    `<code>${code}</code>`,
    String(status),
    escapeHtml(title),
    prose(advice),
  ]);
  return table(['Code', 'Status', 'Meaning', 'What to do'], rows);
}

/** Pages made once at the start. */
export interface DocumentPages {
  readonly openapi: string;
  readonly html: string;
  /** The page's own policy; it holds a style sheet. */
  readonly htmlPolicy: string;
}

export function documentPages(document: ApiDocument, options: PageOptions): DocumentPages {
  const style = createHash('sha256').update(STYLE).digest('base64');
  return {
    openapi: JSON.stringify(document),
    html: renderPage(document, options),
    htmlPolicy: `default-src 'none'; style-src 'sha256-${style}'; frame-ancestors 'none'; base-uri 'none'`,
  };
}
