import { createHash } from 'node:crypto';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, stop } from 'esbuild';

/** A file that a browser loads, under a name that says what is in it: it may be kept for good. */
export interface Asset {
  /** Below the dashboard's path. */
  readonly name: string;
  readonly type: string;
  readonly bytes: Buffer;
  readonly gzip: Buffer;
}

export interface Dashboard {
  /** The page at every address of the dashboard. */
  readonly html: string;
  readonly assets: ReadonlyMap<string, Asset>;
  /** The page's own policy: its own files, its own origin, no script or style in the page. */
  readonly policy: string;
}

/** Where the dashboard lives on its server. */
export const BASE_PATH = '/dashboard';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Bundles the dashboard: a third of a second, and everything it needs is in it. */
export async function bundleDashboard(): Promise<Dashboard> {
  const { outputFiles } = await build({
    entryPoints: { dashboard: path.join(import.meta.dirname, 'src', 'app', 'main.tsx') },
    outdir: path.join(import.meta.dirname, 'dist'),
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['es2023'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'silent', // failures are in the error
  });
  await stop(); // its process would stay as long as ours
  const assets = new Map(
    outputFiles.map((file) => toAsset(file.path, file.contents)).map((a) => [a.name, a]),
  );
  return { html: pageOf([...assets.keys()]), assets, policy: POLICY };
}

function toAsset(file: string, contents: Uint8Array): Asset {
  const { name, ext } = path.parse(file);
  const hash = createHash('sha256').update(contents).digest('base64url').slice(0, 12);
  return {
    name: `assets/${name}-${hash}${ext}`,
    type: TYPES[ext] ?? 'application/octet-stream',
    bytes: Buffer.from(contents),
    gzip: gzipSync(contents, { level: 9 }),
  };
}

function pageOf(names: readonly string[]): string {
  const links = names.map((name) =>
    name.endsWith('.css')
      ? `<link rel="stylesheet" href="${BASE_PATH}/${name}">`
      : `<script type="module" src="${BASE_PATH}/${name}"></script>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Fine Print AI</title>
<link rel="icon" href="data:,">
${links.join('\n')}
</head><body><div id="app"></div><noscript>The dashboard needs JavaScript.</noscript></body></html>
`;
}
