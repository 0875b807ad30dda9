import { expect, it } from 'vitest';
import { ingestRoutes, PIXEL_PATH } from '../http/routes.ts';
import { codes } from '../problem/codes.ts';
import { openApiDocument } from './openapi.ts';
import { gatewayPages } from './pages.ts';

const document = openApiDocument();
const text = JSON.stringify(document);

it('describes every path, with examples and problems', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths ?? {}).sort()).toEqual(
    [PIXEL_PATH, ...ingestRoutes.map((r) => r.path)].sort(),
  );
  for (const { path } of ingestRoutes) {
    const operation = document.paths?.[path]?.post;
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      expect.arrayContaining(['202', '400', '401', '403', '413', '415', '429', '503']),
    );
    expect(JSON.stringify(operation?.requestBody)).toContain('"examples"');
  }
});

it('refers to nothing that is not there', () => {
  const names = Object.keys(document.components?.schemas ?? {});
  const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((m) => m[1]);
  expect(references.length).toBeGreaterThan(0);
  expect(references.filter((name) => !names.includes(name ?? ''))).toEqual([]);
});

it('is shown as a page that loads nothing from elsewhere', () => {
  const { html, htmlPolicy } = gatewayPages();
  expect(html).not.toMatch(/<script|<link|src=|@import|url\(/);
  expect(htmlPolicy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]{44}'/);
  for (const code of Object.keys(codes)) expect(html).toContain(`<code>${code}</code>`);
  for (const { path } of ingestRoutes) expect(html).toContain(path);
});
