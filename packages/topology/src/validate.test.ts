import { describe, expect, expectTypeOf, it } from 'vitest';
import { type InputOf, nodes, type OutputOf, openTopics, type RecordOf, topics } from './index.ts';
import { type Topology, topologyProblems } from './validate.ts';

const declared: Topology = { topics, nodes, openTopics };
const withTopic = (name: string, change: object): Topology => ({
  ...declared,
  topics: { ...topics, [name]: { ...topics['product.events.clean'], ...change } },
});
const withNode = (name: string, change: object): Topology => ({
  ...declared,
  nodes: {
    ...nodes,
    [name]: { ...nodes['warehouse-loader'], group: `g.${name}`, deadLetter: 'dead-letter.x', ...change },
  },
});

describe('topologyProblems', () => {
  it('finds none in the declared topology', () => {
    expect(topologyProblems(declared)).toEqual([]);
  });

  it('names a topic nobody reads or writes', () => {
    expect(topologyProblems(withTopic('lonely', {}))).toEqual([
      'topic lonely has no reader',
      'topic lonely has no writer',
    ]);
  });

  it('refuses a reader of personal data that is not cleared', () => {
    const problems = topologyProblems(withNode('spy', { routes: { 'ai.requests.raw': [] }, cleared: false }));
    expect(problems.join()).toContain('node spy reads ai.requests.raw, which holds personal data');
  });

  it('refuses a cycle and names it', () => {
    const loop = withNode('loop', { routes: { 'product.events.clean': ['product.events.raw'] } });
    expect(topologyProblems(loop).join()).toContain(
      'cycle: product.events.raw → product.events.clean → product.events.raw',
    );
  });

  it('refuses a route between topics of different partition counts', () => {
    expect(topologyProblems(withTopic('product.events.clean', { partitions: 3 })).join()).toContain(
      'differ in partitions',
    );
  });

  it('refuses a group or dead letter that two nodes share', () => {
    const twin = withNode('twin', nodes['warehouse-loader']);
    expect(topologyProblems(twin)).toEqual([
      'consumer group fineprint.warehouse-loader belongs to two nodes',
      'dead letter topic dead-letter.warehouse-loader belongs to two nodes',
    ]);
  });

  it('names a topic that is not declared', () => {
    expect(topologyProblems(withNode('n', { routes: { nowhere: [] } })).join()).toContain(
      'names topic nowhere',
    );
  });
});

describe('types', () => {
  it('derive from the declaration', () => {
    expectTypeOf<InputOf<'pii-scrubber'>>().toEqualTypeOf<
      'product.events.raw' | 'ai.requests.raw' | 'ai.feedback.raw' | 'consent.updates'
    >();
    expectTypeOf<OutputOf<'pii-scrubber', 'ai.requests.raw'>>().toEqualTypeOf<'ai.requests.clean'>();
    expectTypeOf<OutputOf<'warehouse-loader', 'consent.clean'>>().toEqualTypeOf<never>();
    expectTypeOf<RecordOf<'dead-letter.pii-scrubber'>>().toHaveProperty('dead_letter_id');
  });
});
