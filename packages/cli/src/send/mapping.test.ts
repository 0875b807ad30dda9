import { expect, test } from 'vitest';
import { mapRow } from './map-row.ts';
import { type Mapping, mappingForHeader, parseMapping } from './mapping.ts';
import { builtInMappings, chooseMapping } from './mapping-files.ts';

const valid = {
  name: 'shop',
  api: 'product',
  columns: ['who', 'what', 'when', 'amount'],
  event: {
    event_name: { template: 'shop_{what}' },
    timestamp: { column: 'when', as: 'timestamp' },
    user_id: { column: 'who' },
    properties: {
      fields: { amount: { column: 'amount', as: 'number', optional: true }, shop: { value: 7 } },
    },
  },
};

function mappingOf(json: unknown): Mapping {
  const read = parseMapping(JSON.stringify(json));
  if (!read.ok) throw new Error(read.problems.join());
  return read.mapping;
}

const row = (cells: Record<string, string>) =>
  mapRow(
    mappingOf(valid),
    new Map(Object.entries({ who: 'u1', what: 'sale', when: '2024-01-02 03:04:05', ...cells })),
  );

test('columns, templates, constants and nested fields', () => {
  expect(row({ amount: '9.90' })).toEqual({
    ok: true,
    event: {
      event_name: 'shop_sale',
      timestamp: '2024-01-02T03:04:05.000Z',
      user_id: 'u1',
      properties: { amount: 9.9, shop: 7 },
    },
  });
});

test('an empty cell leaves an optional field out, and makes the row bad otherwise', () => {
  expect(row({ amount: '' })).toMatchObject({ event: { properties: { shop: 7 } } });
  expect(row({ who: ' ' })).toEqual({ ok: false, code: 'empty_cell', message: 'column who is empty' });
});

test.each(['NaN', 'Infinity', '1e999', '12,5', '0x10'])('%s is no number, and is not repeated', (amount) => {
  expect(row({ amount })).toEqual({ ok: false, code: 'bad_cell', message: 'column amount is not a number' });
});

test('a mapping that is wrong names all its problems', () => {
  const read = parseMapping(JSON.stringify({ ...valid, name: 'Shop!', api: 'web', extra: 1 }));
  expect(read).toMatchObject({ ok: false });
  expect(read.ok ? [] : read.problems).toHaveLength(3);
  expect(parseMapping('{')).toMatchObject({ ok: false });
});

test('a mapping may only use its own columns', () => {
  const read = parseMapping(JSON.stringify({ ...valid, event: { event_name: { template: '{nope}' } } }));
  expect(read).toEqual({ ok: false, problems: ['event: column nope is not among `columns`'] });
});

test('a file is recognised by its columns, in any order', () => {
  const mapping = mappingOf(valid);
  expect(mappingForHeader([mapping], ['amount', 'when', 'what', 'who'])).toBe(mapping);
  expect(mappingForHeader([mapping], ['amount', 'when', 'what'])).toBeUndefined();
});

test('the two public data sets have mappings', () => {
  expect(builtInMappings().map((m) => m.name)).toEqual(['azure-llm-trace-2023-conv', 'ecom-clickstream']);
  expect(chooseMapping('auto', ['TIMESTAMP', 'ContextTokens', 'GeneratedTokens']).api).toBe('ai');
  expect(() => chooseMapping('auto', ['a', 'b'])).toThrow('No mapping fits a CSV with the columns a, b.');
  expect(() => chooseMapping('ecom-clickstream', ['event'])).toThrow('no column user_id');
  expect(() => chooseMapping('/nowhere/m.json', ['a'])).toThrow('cannot be read');
});
