import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bundleBrowserSdk } from '../bundle.ts';

const MAX_GZIP_BYTES = { sdk: 6.5 * 1_024, banner: 2 * 1_024 };

describe.each([
  ['sdk', 'esm'],
  ['sdk', 'iife'],
  ['banner', 'esm'],
  ['banner', 'iife'],
] as const)('the %s bundle, %s', (part, format) => {
  it('is small, needs nothing, and asks nothing of a Content-Security-Policy', async () => {
    const text = await bundleBrowserSdk(format, part);
    expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(MAX_GZIP_BYTES[part]);
    expect(text).not.toMatch(/\bimport\b|\brequire\b|\beval\b|new Function|innerHTML|document\.cookie/);
    expect(text).toContain(part === 'sdk' ? 'createAnalytics' : 'createConsentBanner');
  });
});
