import { expect, test } from 'vitest';
import { topicSettings } from './topic-settings.ts';

test('copies by provider, retention by the environment', () => {
  expect(topicSettings('native', {})).toEqual({ replicationFactor: 1, rawRetentionHours: 72 });
  expect(topicSettings('external', { RAW_RETENTION_HOURS: '24' })).toEqual({
    replicationFactor: 3,
    rawRetentionHours: 24,
  });
  expect(topicSettings('external', { KAFKA_REPLICATION_FACTOR: '2' }).replicationFactor).toBe(2);
  expect(() => topicSettings('native', { RAW_RETENTION_HOURS: 'soon' })).toThrow('RAW_RETENTION_HOURS');
});
