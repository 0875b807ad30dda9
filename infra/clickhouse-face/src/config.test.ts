import { describe, expect, it } from 'vitest';
import { parseConfig } from './config.ts';

const MINIMAL = { CLICKHOUSE_FACE_DATA_DIR: '/data/', CLICKHOUSE_FACE_USERS_FILE: '/users.json' };

describe('parseConfig', () => {
  it('has defaults', () => {
    expect(parseConfig(MINIMAL)).toMatchObject({
      dataDir: '/data',
      host: '127.0.0.1',
      port: 8123,
      maxConnections: 1_024,
    });
    expect(parseConfig({ ...MINIMAL, CLICKHOUSE_FACE_PORT: '' }).port).toBe(8123);
  });

  it('reports every problem at once', () => {
    const bad = {
      CLICKHOUSE_FACE_DATA_DIR: 'relative',
      CLICKHOUSE_FACE_PORT: '99999',
      CLICKHOUSE_FACE_MAX_CONNECTIONS: 'x',
    };
    const names = [...Object.keys(bad), 'CLICKHOUSE_FACE_USERS_FILE'];
    for (const name of names) expect(() => parseConfig(bad)).toThrow(name);
  });
});
