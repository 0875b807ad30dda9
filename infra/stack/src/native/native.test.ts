import { describe, expect, test } from 'vitest';
import { resolveSettings } from '../settings.ts';
import { serverProperties } from './kafka.ts';
import { findUser } from './postgres-account.ts';
import { redisConfig } from './redis.ts';

const settings = resolveSettings({ FINEPRINT_PORT_OFFSET: '1000' }, '/repo');

describe('the files that native parts read', () => {
  test('Kafka listens on the loopback address only and makes no topics by itself', () => {
    const lines = serverProperties(settings, '/data/kafka/log').split('\n');
    expect(lines).toContain('listeners=PLAINTEXT://127.0.0.1:10092,CONTROLLER://127.0.0.1:10093');
    expect(lines).toContain('auto.create.topics.enable=false');
    expect(lines).toContain('log.dirs=/data/kafka/log');
  });

  test('Redis asks for a password, keeps what it holds and never forgets', () => {
    const lines = redisConfig(settings, 'secret', '/data/redis').split('\n');
    for (const line of [
      'bind 127.0.0.1',
      'port 7379',
      'requirepass secret',
      'appendonly yes',
      'maxmemory-policy noeviction',
    ]) {
      expect(lines).toContain(line);
    }
  });

  test('root runs Postgres as postgres, else as nobody', () => {
    const nobody = 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin';
    expect(findUser(`root:x:0:0::/root:/bin/sh\n${nobody}`)).toEqual({ uid: 65_534, gid: 65_534 });
    expect(findUser(`${nobody}\npostgres:x:101:104:::/bin/sh`)).toEqual({ uid: 101, gid: 104 });
    expect(findUser('root:x:0:0::/root:/bin/sh')).toBeUndefined();
  });
});
