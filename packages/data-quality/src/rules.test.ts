import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { datasetNames, datasets } from './datasets.ts';
import { mergeRules, parseRules } from './parse-rules.ts';
import { type Rule, ruleTypes } from './rule.ts';
import { questionOf, windowOf } from './rule-question.ts';

const base = { name: 'r', dataset: 'product_events' };
const file = (...rules: object[]) => parseRules(JSON.stringify({ rules }));
const places = (...rules: object[]) => {
  const parsed = file(...rules);
  return parsed.ok ? [] : parsed.problems.map((p) => p.place);
};
function ruleOf(rule: object): Rule {
  const parsed = file({ ...base, ...rule });
  const [found] = parsed.ok ? parsed.file.rules : [];
  if (found === undefined) throw new Error(JSON.stringify(parsed));
  return found;
}

it('reads YAML, with defaults', () => {
  const parsed = parseRules(`
rules:
  - name: subject
    dataset: product_events
    type: completeness
    columns: [user_id, anonymous_id]
    need: any
  - { name: other, enabled: false }
`);
  expect(parsed).toMatchObject({
    ok: true,
    file: {
      rules: [{ name: 'subject', windowMinutes: 360, maxMissingShare: 0, severity: 'warning', minRows: 20 }],
      disabled: ['other'],
    },
  });
});

it.each<[string, object, string[]]>([
  ['a name that is none', { type: 'uniqueness', columns: ['event_id'], name: "x'; --" }, ['rules.0.name']],
  [
    'another table',
    { type: 'uniqueness', columns: ['event_id'], dataset: 'system.users' },
    ['rules.0.dataset'],
  ],
  [
    'SQL as a column',
    { type: 'uniqueness', columns: ['event_id) FROM system.users --'] },
    ['rules.0.columns[0]'],
  ],
  [
    'a column of objects',
    { type: 'uniqueness', columns: ['constructor', '__proto__'] },
    ['rules.0.columns[0]', 'rules.0.columns[1]'],
  ],
  ['a misspelt field', { type: 'completeness', columns: ['user_id'], maxMisingShare: 0.1 }, ['rules.0']],
  [
    'a share of 2',
    { type: 'completeness', columns: ['user_id'], maxMissingShare: 2 },
    ['rules.0.maxMissingShare'],
  ],
  [
    'a window of a year',
    { type: 'completeness', columns: ['user_id'], windowMinutes: 525_600 },
    ['rules.0.windowMinutes'],
  ],
  ['a number of a text', { type: 'validity', column: 'event_name', check: { min: 1 } }, ['rules.0.check']],
  [
    'a pattern of a number',
    { type: 'validity', column: 'conversion_value', check: { pattern: 'x' } },
    ['rules.0.check'],
  ],
  ['no bound at all', { type: 'validity', column: 'conversion_value', check: {} }, ['rules.0.check']],
  [
    'a filter by a number',
    { type: 'uniqueness', columns: ['event_id'], only: { step_order: ['1'] } },
    ['rules.0.only.step_order'],
  ],
  [
    'behind itself',
    { type: 'timeliness', expect: { behindMinutes: 5, of: 'product_events' } },
    ['rules.0.expect.of'],
  ],
  ['2 weeks', { type: 'volume', weeks: 2 }, ['rules.0.weeks']],
  ['a kind that is none', { type: 'beauty' }, ['rules.0.type']],
])('refuses %s, and says where', (_what, rule, expected) => {
  expect(places({ ...base, ...rule }).map((p) => p.replace('rules[0]', 'rules.0'))).toEqual(expected);
});

it('reads the rules that come with the product: some of each kind', () => {
  const parsed = parseRules(
    readFileSync(new URL('../../../infra/quality/rules.yaml', import.meta.url), 'utf8'),
  );
  expect(parsed).toMatchObject({ ok: true });
  const rules = parsed.ok ? parsed.file.rules : [];
  expect(new Set(rules.map((r) => r.type))).toEqual(new Set(ruleTypes));
});

it('refuses what is no file of rules', () => {
  for (const text of [
    '',
    '[]',
    'rules: 1',
    'rules: []\nother: 1',
    '{',
    `rules: [${'x,'.repeat(600)}]`,
    'x'.repeat(1_000_001),
  ])
    expect(parseRules(text).ok, text.slice(0, 20)).toBe(false);
  expect(places({ ...base, type: 'volume' }, { ...base, type: 'volume' })).toEqual(['rules']);
  expect(parseRules('rules: []')).toMatchObject({ ok: true });
});

it('a later file replaces rules by their names, and takes others away', () => {
  const rules = (text: string) => {
    const parsed = parseRules(text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return parsed.file;
  };
  const of = (name: string, hours: number) =>
    `{ name: ${name}, dataset: ai_requests, type: volume, windowHours: ${hours} }`;
  const first = rules(`rules: [${of('a', 1)}, ${of('b', 1)}, ${of('c', 1)}]`);
  const merged = mergeRules(first.rules, rules(`rules: [${of('b', 2)}, { name: c, enabled: false }]`));
  expect(merged.map((r) => [r.name, r.type === 'volume' && r.windowHours])).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
});

it('values never become part of a question', () => {
  const evil = fc.string({ minLength: 1, maxLength: 40 }).map((s) => `⟦${s}⟧`);
  fc.assert(
    fc.property(evil, evil, (one, other) => {
      for (const rule of [
        ruleOf({
          type: 'validity',
          column: 'event_name',
          check: { oneOf: [one] },
          only: { source: [other] },
        }),
        ruleOf({ type: 'validity', column: 'event_name', check: { pattern: one } }),
        ruleOf({ type: 'volume', only: { event_name: [one] } }),
      ]) {
        const { query, values } = questionOf(rule, Date.UTC(2026, 0, 5, 6));
        expect(query).not.toContain('⟦');
        expect(JSON.stringify(values)).toContain('⟦');
      }
    }),
  );
});

it('a question names nothing but tables and columns of the catalogue', () => {
  for (const dataset of datasetNames) {
    const { table, columns } = datasets[dataset];
    for (const column of Object.keys(columns)) {
      const { query } = questionOf(ruleOf({ type: 'uniqueness', columns: [column], dataset }), 0);
      expect(query).toContain(`FROM fineprint.${table} `);
      for (const [, quoted = ''] of query.matchAll(/`([^`]*)`/g))
        expect(Object.keys(columns)).toContain(quoted);
    }
  }
  const forged = { ...ruleOf({ type: 'uniqueness', columns: ['event_id'] }), columns: ['x` FROM y'] } as Rule;
  expect(() => questionOf(forged, 0)).toThrow(RangeError);
});

it('looks back from the time it is run for; by whole hours where hours are compared', () => {
  const at = Date.UTC(2026, 0, 5, 6, 5);
  const iso = ({ fromMs, toMs }: { fromMs: number; toMs: number }) =>
    [fromMs, toMs].map((ms) => new Date(ms).toISOString().slice(8, 16));
  expect(iso(windowOf(ruleOf({ type: 'uniqueness', columns: ['event_id'], windowMinutes: 60 }), at))).toEqual(
    ['05T04:50', '05T06:05'],
  );
  expect(iso(windowOf(ruleOf({ type: 'volume', windowHours: 2 }), at))).toEqual(['05T03:00', '05T05:00']);
});
