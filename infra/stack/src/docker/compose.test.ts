import { expect, test } from 'vitest';
import { resolveSettings } from '../settings.ts';
import { composeArgs, parseContainers, partOfPort, takenPort } from './compose.ts';

const settings = resolveSettings({}, '/repo');

test('another data folder is another project', () => {
  const args = composeArgs(settings);
  expect(args.slice(0, 3)).toEqual(['compose', '-f', '/repo/docker-compose.kafka.yml']);
  expect(composeArgs(resolveSettings({ FINEPRINT_DATA_DIR: 'other' }, '/repo'))).not.toEqual(args);
});

test('reads what older and newer versions of compose print', () => {
  const kafka = { Service: 'kafka', State: 'running', Health: 'healthy' };
  const redis = { Service: 'redis', State: 'exited', Health: '' };
  expect(parseContainers(`${JSON.stringify(kafka)}\n${JSON.stringify(redis)}\n`)).toEqual([kafka, redis]);
  expect(parseContainers(JSON.stringify([kafka, redis]))).toEqual([kafka, redis]);
  expect(parseContainers('\n')).toEqual([]);
});

test('finds the port that an engine could not have', () => {
  const old = 'Bind for 127.0.0.1:9092 failed: port is already allocated';
  const recent = 'failed to bind host port 127.0.0.1:5432/tcp: address already in use';
  expect([takenPort(old), takenPort(recent), takenPort('no space left')]).toEqual([9092, 5432, undefined]);
  expect(partOfPort(settings, 5432)).toBe('postgres');
});
