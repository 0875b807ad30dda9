import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleEvent } from '../testing/events.ts';
import { DAY_MS } from '../time.ts';
import { compileSegment, type UserFacts } from './evaluate.ts';
import { MAX_RULE_DEPTH, parseSegment } from './parse.ts';
import type { SegmentRule } from './rule.ts';

const nowMs = 100 * DAY_MS;
const user: UserFacts = {
  events: [
    sampleEvent({ name: 'buy', timeMs: nowMs - 40 * DAY_MS }),
    sampleEvent({ name: 'buy', timeMs: nowMs - 3 * DAY_MS }),
  ],
  traits: { plan: 'pro' },
  funnelLevels: new Map([['checkout', 3]]),
  cohorts: new Set(['spring']),
  lifetimeValues: new Map([['EUR', 120]]),
};

function matches(rule: unknown): boolean {
  const parsed = parseSegment({ name: 's', rule });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return compileSegment(parsed.value.rule)(user, nowMs);
}

const codes = (input: unknown) => {
  const parsed = parseSegment(input);
  return parsed.ok ? [] : parsed.problems.map((problem) => `${problem.path}: ${problem.code}`);
};

describe('segments', () => {
  it.each([
    [{ type: 'event_count', event: 'buy', op: 'gte', count: 2 }, true],
    [{ type: 'event_count', event: 'buy', op: 'gte', count: 2, withinDays: 30 }, false],
    [{ type: 'event_count', event: 'buy', op: 'eq', count: 1, withinDays: 30 }, true],
    [{ type: 'last_seen', event: 'buy', op: 'lt', days: 7 }, true],
    [{ type: 'last_seen', event: 'sell', op: 'gt', days: 7 }, false],
    [{ type: 'property', path: 'traits.plan', op: 'in', value: ['pro'] }, true],
    [{ type: 'funnel', funnel: 'checkout', atLeastStep: 3 }, true],
    [{ type: 'funnel', funnel: 'signup' }, false],
    [{ type: 'cohort', cohort: 'spring' }, true],
    [{ type: 'lifetime_value', currency: 'EUR', op: 'gt', amount: 119.5 }, true],
    [{ type: 'lifetime_value', currency: 'USD', op: 'lte', amount: 0 }, true],
  ])('%j is %s', (rule, expected) => {
    expect(matches(rule)).toBe(expected);
    expect(matches({ type: 'not', rules: [rule] })).toBe(!expected);
  });

  it('evaluates any tree as its definition says', () => {
    const leaf = fc
      .constantFrom('spring', 'autumn')
      .map((cohort): SegmentRule => ({ type: 'cohort', cohort }));
    const { tree } = fc.letrec<{ tree: SegmentRule }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaf,
        fc.record({
          type: fc.constantFrom('all', 'any'),
          rules: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
        }),
        fc.record({ type: fc.constant('not'), rules: fc.array(tie('tree'), { minLength: 1, maxLength: 1 }) }),
      ),
    }));
    const byDefinition = (rule: SegmentRule): boolean => {
      if ('rules' in rule) {
        const { type, rules } = rule;
        if (type === 'all') return rules.every(byDefinition);
        return rules.some(byDefinition) === (type === 'any');
      }
      return rule.type === 'cohort' && user.cohorts.has(rule.cohort);
    };
    fc.assert(
      fc.property(tree, (rule) => {
        expect(compileSegment(rule)(user, nowMs)).toBe(byDefinition(rule));
      }),
    );
  });

  it('answers a rule a thousand levels deep, or with too many nodes, with one clear problem', () => {
    const nested = (levels: number) => {
      let rule: object = { type: 'cohort', cohort: 'spring' };
      for (let i = 1; i < levels; i++) rule = { type: 'not', rules: [rule] };
      return rule;
    };
    expect(codes({ name: 's', rule: nested(100_000) })).toEqual(['rule: rule_too_deep']);
    expect(codes({ name: 's', rule: nested(MAX_RULE_DEPTH + 1) })).toEqual(['rule: rule_too_deep']);
    expect(codes({ name: 's', rule: nested(MAX_RULE_DEPTH) })).toEqual([]);
    const wide = { type: 'all', rules: Array(100).fill({ type: 'any', rules: Array(3).fill(nested(1)) }) };
    expect(codes({ name: 's', rule: wide })).toEqual(['rule.rules[49].rules[2]: rule_too_large']);
  });

  it('reports every problem at once', () => {
    const rule = {
      type: 'all',
      rules: [
        { type: 'event_count', event: 'buy', op: 'about', count: -1, withinDays: 0 },
        { type: 'lifetime_value', currency: 'euro', op: 'gt', amount: '5' },
        { type: 'horoscope' },
        { type: 'not', rules: [] },
        { type: 'property', path: 'properties.x', op: 'eq', value: 1 },
        'buy',
      ],
    };
    expect(codes({ name: ' s', description: 7, rule })).toEqual([
      'name: name_invalid',
      'description: value_invalid',
      'rule.rules[0].withinDays: count_invalid',
      'rule.rules[0].count: count_invalid',
      'rule.rules[0].op: operator_unknown',
      'rule.rules[1].currency: value_invalid',
      'rule.rules[1].amount: value_invalid',
      'rule.rules[2].type: rule_type_unknown',
      'rule.rules[3].rules: rules_invalid',
      'rule.rules[4].path: path_invalid',
      'rule.rules[5]: not_an_object',
    ]);
    expect(codes([])).toEqual([': not_an_object']);
  });
});
