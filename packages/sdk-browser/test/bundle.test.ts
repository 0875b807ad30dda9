import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bundleBrowserSdk } from '../bundle.ts';

const MAX_GZIP_BYTES = 6 * 1_024;

describe.each(['esm', 'iife'] as const)('the %s bundle', (format) => {
  it('is small, needs nothing, and asks nothing of a Content-Security-Policy', async () => {
    const text = await bundleBrowserSdk(format);
    expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(MAX_GZIP_BYTES);
    expect(text).not.toMatch(/\bimport\b|\brequire\b|\beval\b|new Function|innerHTML|document\.cookie/);
    expect(text).toContain('createAnalytics');
  });
});
