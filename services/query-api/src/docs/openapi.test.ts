import { expect, it } from 'vitest';
import { endpoints } from '../ai/endpoints.ts';
import { realTime } from '../ai/real-time.ts';
import { exportEndpoint } from '../exports/endpoint.ts';
import { graphqlOperation } from '../graphql/operation.ts';
import { operations } from '../operations/index.ts';
import type { Method } from '../operations/operation.ts';
import { archiveEndpoint } from '../privacy/archive.ts';
import { codes } from '../problem/codes.ts';
import { reportEndpoint } from '../reports/show.ts';
import { openApiDocument } from './openapi.ts';
import { queryPages } from './pages.ts';

const document = openApiDocument();
const all = [...endpoints, realTime, exportEndpoint, reportEndpoint, archiveEndpoint];

it('describes every path with its parameters, answer and problems', () => {
  expect(document.openapi).toBe('3.1.0');
  const paths = new Set([...all, ...operations, graphqlOperation].map((e) => e.path));
  expect(Object.keys(document.paths ?? {}).sort()).toEqual([...paths].sort());
  for (const endpoint of all) {
    const operation = document.paths?.[endpoint.path]?.get;
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '400', '401', '403', '404', '422', '429', '503', '504']),
    );
    const named = (operation?.parameters ?? []).map((p) => ('name' in p ? p.name : ''));
    const expected = { ...endpoint.parameters.shape, ...endpoint.pathParameters?.shape };
    expect(named.sort()).toEqual(Object.keys(expected).sort());
  }
});

it('describes every operation with its parameters and its body', () => {
  for (const { method, path, parameters, pathParameters, bodySchema } of operations) {
    const operation = document.paths?.[path]?.[method.toLowerCase() as Lowercase<Method>];
    const named = (operation?.parameters ?? []).map((p) => ('name' in p ? p.name : ''));
    expect(named.sort()).toEqual(Object.keys({ ...parameters.shape, ...pathParameters.shape }).sort());
    expect(operation?.requestBody !== undefined).toBe(bodySchema !== null);
  }
});

it('refers to nothing that is not there', () => {
  const names = Object.keys(document.components?.schemas ?? {});
  const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
  expect(references.length).toBeGreaterThan(0);
  expect(references.filter(([, name]) => !names.includes(name ?? ''))).toEqual([]);
});

it('gives numbers as numbers, whose defaults may be left out', () => {
  const parameters = document.paths?.['/api/v1/ai/performance-metrics']?.get?.parameters ?? [];
  const limit = parameters.find((p) => 'name' in p && p.name === 'limit');
  expect(limit).toMatchObject({ schema: { type: 'integer', minimum: 1, maximum: 10_000, default: 1_000 } });
  expect(limit).not.toMatchObject({ required: true });
});

it('is shown as a page that loads nothing from elsewhere', () => {
  const { html, htmlPolicy } = queryPages();
  expect(html).not.toMatch(/<script|<link|src=|@import|url\(/);
  expect(htmlPolicy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]{44}'/);
  for (const code of Object.keys(codes)) expect(html).toContain(`<code>${code}</code>`);
  for (const { path } of all) expect(html).toContain(path);
  expect(html).toContain('<code>granularity</code>');
});
