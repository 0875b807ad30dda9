import path from 'node:path';
import { build } from 'esbuild';

/** `esm` for bundlers and `<script type="module">`; `iife` for a plain script, as the global `fineprint`. */
export type BundleFormat = 'esm' | 'iife';

/** The SDK, and the cookie banner, which a site may have of its own. */
export type BundlePart = 'sdk' | 'banner';

const ENTRIES = {
  sdk: { esm: 'index.ts', iife: 'global.ts' },
  banner: { esm: 'banner.ts', iife: 'banner-global.ts' },
} as const;

/** A part of the browser SDK as one file, without dependencies. */
export async function bundleBrowserSdk(format: BundleFormat, part: BundlePart = 'sdk'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, 'src', ENTRIES[part][format])],
    bundle: true,
    write: false,
    minify: true,
    format,
    platform: 'browser',
    target: ['es2022'],
    legalComments: 'none',
  });
  return outputFiles[0]?.text ?? '';
}
