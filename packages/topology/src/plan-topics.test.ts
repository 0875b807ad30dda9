import { describe, expect, it } from 'vitest';
import { type ActualTopic, planTopics, topicConfig } from './plan-topics.ts';
import { topics } from './topics.ts';

const settings = { replicationFactor: 1, rawRetentionHours: 72 };
const asDeclared = () =>
  new Map<string, ActualTopic>(
    Object.entries(topics).map(([name, t]) => [
      name,
      { partitions: t.partitions, replicas: 1, config: topicConfig(name, t, settings) },
    ]),
  );
const changed = (topic: string, change: Partial<ActualTopic>) => {
  const actual = asDeclared();
  const was = actual.get(topic);
  if (was) actual.set(topic, { ...was, ...change, config: { ...was.config, ...change.config } });
  return planTopics(actual, settings);
};

describe('planTopics', () => {
  it('creates all on an empty cluster, and then has nothing to do', () => {
    expect(planTopics(new Map(), settings).create).toEqual(Object.keys(topics));
    expect(planTopics(asDeclared(), settings)).toEqual({ create: [], alter: [], refuse: [] });
  });

  it('refuses another number of partitions', () => {
    expect(changed('ai.requests.raw', { partitions: 12 }).refuse.join()).toContain(
      'ai.requests.raw has 12 partitions',
    );
  });

  it('refuses another cleanup policy or clock', () => {
    expect(changed('ai.requests.raw', { config: { 'cleanup.policy': 'compact' } }).refuse).toHaveLength(1);
    expect(
      changed('ai.requests.raw', { config: { 'message.timestamp.type': 'CreateTime' } }).refuse,
    ).toHaveLength(1);
  });

  it('alters retention and says what it was', () => {
    const plan = planTopics(asDeclared(), { ...settings, rawRetentionHours: 24 });
    expect(plan.refuse).toEqual([]);
    expect(plan.alter.map((a) => a.topic)).toContain('dead-letter.pii-scrubber');
    expect(plan.alter[0]).toMatchObject({
      config: { 'retention.ms': '86400000' },
      was: { 'retention.ms': '259200000' },
    });
  });

  it('keeps single topics for another time', () => {
    const topicHours = new Map([['product.events.clean', 720]]);
    const plan = planTopics(asDeclared(), { ...settings, topicHours });
    expect(plan.alter.map(({ topic, config }) => ({ topic, config }))).toEqual([
      { topic: 'product.events.clean', config: { 'retention.ms': String(720 * 3_600_000) } },
    ]);
  });

  it('does not ask a topic with one copy to wait for two', () => {
    expect(planTopics(asDeclared(), { ...settings, replicationFactor: 3 })).toEqual({
      create: [],
      alter: [],
      refuse: [],
    });
  });

  it('asks for two in-sync replicas where there are three', () => {
    expect(
      topicConfig('ai.requests.raw', topics['ai.requests.raw'], { ...settings, replicationFactor: 3 })[
        'min.insync.replicas'
      ],
    ).toBe('2');
  });
});
