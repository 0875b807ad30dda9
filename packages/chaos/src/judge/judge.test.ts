import { describe, expect, test } from 'vitest';
import type { SentEvent } from '../load/sent-event.ts';
import { batchFunnel, batchMetrics } from './batch-figures.ts';
import type { Facts } from './facts.ts';
import { judge } from './judge.ts';

const ai = { model: 'm', version: '1', inputTokens: 10, outputTokens: 5, success: true };
const sent: SentEvent[] = [
  { id: 'p1', kind: 'product', order: { subject: 's', sequence: 1 }, timeMs: 1_000, name: 'chaos_viewed' },
  { id: 'p2', kind: 'product', order: { subject: 's', sequence: 2 }, timeMs: 2_000, name: 'chaos_tried' },
  { id: 'a1', kind: 'ai', order: { subject: 's', sequence: 3 }, timeMs: 61_000, ai },
  {
    id: 'a2',
    kind: 'ai',
    order: { subject: 't', sequence: 1 },
    timeMs: 61_500,
    ai: { ...ai, success: false },
  },
];

/** A run in which all went well, with changes. */
function facts(change: Partial<Facts> = {}): Facts {
  return {
    sent: new Map(sent.map((e) => [e.id, e])),
    acknowledged: new Set(sent.map((e) => e.id)),
    stored: { product: ['p1', 'p2'], ai: ['a1', 'a2'], feedback: [], consent: [] },
    copies: [
      { table: 'postgres/analytics_events', kind: 'product', ids: ['p1', 'p2'], refused: new Set() },
      { table: 'postgres/ai_model_requests', kind: 'ai', ids: ['a2'], refused: new Set(['a1']) },
    ],
    clean: { product: [['p1', 'p2']], ai: [['a1'], ['a2']], feedback: [], consent: [] },
    deadLettered: new Set(),
    garbage: { sent: new Set(['g1']), deadLettered: new Set(['g1']) },
    metrics: batchMetrics(sent),
    funnelLevels: batchFunnel(sent),
    compared: [],
    personalData: new Map(),
    ...change,
  };
}
const good = facts();

describe('the judge', () => {
  test('finds nothing where nothing is wrong', () => {
    expect(judge(good)).toMatchObject({
      stored: { product_events: 2, ai_requests: 2, ai_feedback: 0, consent_updates: 0 },
      garbageDeadLettered: 1,
      lost: [],
      duplicated: [],
      unknown: [],
      outOfOrder: [],
      aggregates: [],
      personalData: [],
    });
  });

  test('names figures that differ between stores', () => {
    const stores = { clickhouse: { rows: 2 }, snowflake: { rows: 3 } };
    expect(judge(facts({ compared: [{ table: 'ai_requests', stores }] })).differing).toMatchObject([
      { what: 'stores_differ', where: 'ai_requests', detail: 'ai_requests rows: clickhouse 2, snowflake 3' },
    ]);
  });

  test('holds every store to the same, but for what its columns cannot hold', () => {
    expect(judge(good).stored).toMatchObject({
      'postgres/analytics_events': 2,
      'postgres/ai_model_requests': 1,
    });
    const copy = { table: 'postgres/analytics_events', kind: 'product', refused: new Set<string>() } as const;
    const { lost, duplicated, unknown } = judge(facts({ copies: [{ ...copy, ids: ['p1', 'p1', 'a1'] }] }));
    expect(lost).toMatchObject([{ where: copy.table, id: 'p2' }]);
    expect(duplicated).toMatchObject([{ where: copy.table, id: 'p1' }]);
    expect(unknown).toMatchObject([{ where: copy.table, id: 'a1' }]);
  });

  test('names a lost event', () => {
    const { lost, aggregates } = judge(facts({ stored: { ...good.stored, product: ['p1'] } }));
    expect(lost).toMatchObject([{ what: 'lost', where: 'product_events', id: 'p2' }]);
    expect(aggregates, 'the funnel counted what the store does not have').toHaveLength(1);
  });

  test('does not miss an event that nobody acknowledged, or that lies in a dead letter', () => {
    const stored = { ...good.stored, product: ['p1'] };
    const funnelLevels = new Map([['s', 1]]);
    const acknowledged = new Set(['p1', 'a1', 'a2']);
    expect(judge(facts({ stored, funnelLevels, acknowledged })).lost).toEqual([]);
    const refused = judge(facts({ stored, funnelLevels, deadLettered: new Set(['p2']) }));
    expect(refused).toMatchObject({ lost: [], deadLettered: 1 });
  });

  test('takes an event in another table for lost and unknown', () => {
    const stored = { ...good.stored, product: ['p1'], ai: ['a1', 'a2', 'p2'] };
    const verdict = judge(facts({ stored }));
    expect(verdict.lost).toMatchObject([{ id: 'p2' }]);
    expect(verdict.unknown).toMatchObject([{ where: 'ai_requests', id: 'p2' }]);
  });

  test('names a doubled event, in a table and in a topic', () => {
    const stored = { ...good.stored, ai: ['a1', 'a2', 'a1'] };
    expect(judge(facts({ stored })).duplicated).toMatchObject([{ where: 'ai_requests', id: 'a1' }]);
    const clean = { ...good.clean, ai: [['a1'], ['a2', 'a1']] };
    expect(judge(facts({ clean })).duplicated).toMatchObject([{ where: 'ai.requests.clean', id: 'a1' }]);
  });

  test('names an event that came too early or too late', () => {
    const clean = { ...good.clean, product: [[], ['p2', 'p1']] };
    expect(judge(facts({ clean })).outOfOrder).toMatchObject([{ where: 'product.events.clean/1', id: 'p1' }]);
  });

  test('names an event that nobody sent', () => {
    const stored = { ...good.stored, consent: ['x'] };
    expect(judge(facts({ stored })).unknown).toMatchObject([{ where: 'consent_updates', id: 'x' }]);
  });

  test('names garbage without a dead letter', () => {
    const garbage = { sent: new Set(['g1', 'g2']), deadLettered: new Set(['g1']) };
    expect(judge(facts({ garbage })).lost).toMatchObject([{ where: 'dead letters', id: 'g2' }]);
  });

  test('names a metric and a person that the events do not add up to', () => {
    const metrics = new Map(good.metrics).set('60000|m|1', {
      requests: 3,
      successes: 1,
      inputTokens: 20,
      outputTokens: 10,
    });
    expect(judge(facts({ metrics })).aggregates).toMatchObject([
      { where: 'ai_metrics_minute', id: '60000|m|1', detail: expect.stringContaining('3 requests') },
    ]);
    expect(judge(facts({ funnelLevels: new Map() })).aggregates).toMatchObject([
      { where: 'funnel_people', id: 's', detail: 'level 0, not level 2' },
    ]);
  });

  test('counts personal data that was found', () => {
    const verdict = judge(facts({ personalData: new Map([['product_events', 2]]) }));
    expect(verdict).toMatchObject({ personalDataCount: 2, personalData: [{ where: 'product_events' }] });
  });
});
