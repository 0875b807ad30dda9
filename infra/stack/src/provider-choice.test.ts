import { describe, expect, test } from 'vitest';
import { chooseProvider } from './provider-choice.ts';
import { resolveSettings } from './settings.ts';

const auto = { provider: 'auto', external: undefined } as const;
const servers = resolveSettings(
  {
    KAFKA_BROKERS: 'k:1',
    SCHEMA_REGISTRY_URL: 'http://r',
    DATABASE_URL: 'postgres://d/x',
    REDIS_URL: 'redis://r',
    CLICKHOUSE_HOST: 'c',
  },
  '/repo',
);
const has = (docker: boolean, native: boolean) => async () => ({ docker, native });
const mustNotLook = async () => {
  throw new Error('looked for tools');
};

describe('chooseProvider', () => {
  test('prefers Docker to Java, and either to nothing', async () => {
    await expect(chooseProvider(auto, undefined, has(true, true))).resolves.toBe('docker');
    await expect(chooseProvider(auto, undefined, has(false, true))).resolves.toBe('native');
  });

  test('says what to install when there is nothing', async () => {
    await expect(chooseProvider(auto, undefined, has(false, false))).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      fix: expect.stringMatching(/Debian: .*macOS: /),
    });
  });

  test('takes servers from the environment before looking at the machine', async () => {
    await expect(chooseProvider(servers, undefined, mustNotLook)).resolves.toBe('external');
  });

  test('stays with the running stack, whatever else there is by now', async () => {
    await expect(chooseProvider(servers, 'native', mustNotLook)).resolves.toBe('native');
  });

  test('checks that what it is told is there', async () => {
    const asked = { ...auto, provider: 'docker' } as const;
    await expect(chooseProvider(asked, undefined, has(true, true))).resolves.toBe('docker');
    await expect(chooseProvider(asked, undefined, has(false, true))).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringContaining('FINEPRINT_PROVIDER=docker'),
    });
  });

  test('does what it is told, but not over another provider that is running', async () => {
    await expect(chooseProvider({ ...auto, provider: 'native' }, 'native', mustNotLook)).resolves.toBe(
      'native',
    );
    await expect(
      chooseProvider({ ...auto, provider: 'docker' }, 'native', mustNotLook),
    ).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
    });
  });
});
