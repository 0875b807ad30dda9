import { stripVTControlCharacters } from 'node:util';
import { nodes, openTopics, topics } from '@fineprint/topology';
import { expect, test } from 'vitest';
import { renderText } from './render-text.ts';

const text = stripVTControlCharacters(renderText({ topics, nodes, openTopics }));

test('every node, route and topic of the DAG is in the drawing', () => {
  for (const name of [...Object.keys(nodes), ...Object.keys(topics)]) expect(text).toContain(name);
  expect(text).toContain('HTTP ─▶ product.events.raw, ai.requests.raw');
  expect(text).toContain('├─ product.events.clean ─▶ clickhouse');
  expect(text).toContain('└─ refuses ─▶ dead-letter.warehouse-loader');
});

test('a topic says what it holds', () => {
  const line = (topic: string) => text.split('\n').find((l) => l.startsWith(`${topic} `));
  expect(line('product.events.raw')).toMatch(
    /ProductEvent +subject +6 +delete +personal data +other services may publish$/,
  );
  expect(line('product.events.clean')).toMatch(/clean$/);
});
