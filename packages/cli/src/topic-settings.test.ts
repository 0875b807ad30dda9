import { expect, test } from 'vitest';
import { topicSettings } from './topic-settings.ts';

test('copies by provider, retention by the environment', () => {
  expect(topicSettings('native', {})).toEqual({
    replicationFactor: 1,
    rawRetentionHours: 72,
    topicHours: new Map(),
  });
  expect(topicSettings('external', { RAW_RETENTION_HOURS: '24' })).toMatchObject({
    replicationFactor: 3,
    rawRetentionHours: 24,
  });
  expect(topicSettings('external', { KAFKA_REPLICATION_FACTOR: '2' }).replicationFactor).toBe(2);
  const overrides = (RETENTION_OVERRIDES: string) => topicSettings('native', { RETENTION_OVERRIDES });
  expect(overrides('product.events.clean=30d').topicHours).toEqual(new Map([['product.events.clean', 720]]));
  expect(() => overrides('product.events.raw=90d,typo=1d')).toThrow(/RAW_RETENTION_HOURS[\s\S]*typo/);
  expect(() => topicSettings('native', { RAW_RETENTION_HOURS: 'soon' })).toThrow('RAW_RETENTION_HOURS');
});
