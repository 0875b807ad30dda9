import path from 'node:path';
import { build } from 'esbuild';

/** `esm` for bundlers and `<script type="module">`; `iife` for a plain script, as the global `fineprint`. */
export type BundleFormat = 'esm' | 'iife';

/** The browser SDK as one file, without dependencies. */
export async function bundleBrowserSdk(format: BundleFormat): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, 'src', format === 'esm' ? 'index.ts' : 'global.ts')],
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
