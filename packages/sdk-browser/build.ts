/** Writes `dist/`: what a page or a bundler takes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleBrowserSdk } from './bundle.ts';

const dist = path.join(import.meta.dirname, 'dist');
mkdirSync(dist, { recursive: true });
writeFileSync(path.join(dist, 'fineprint.js'), await bundleBrowserSdk('esm'));
writeFileSync(path.join(dist, 'fineprint.iife.js'), await bundleBrowserSdk('iife'));
writeFileSync(path.join(dist, 'banner.js'), await bundleBrowserSdk('esm', 'banner'));
writeFileSync(path.join(dist, 'banner.iife.js'), await bundleBrowserSdk('iife', 'banner'));
console.log(`written: ${dist}`);
