import { afterEach, describe, expect, it } from 'vitest';
import { createKeyDirectory, type KeyDirectory, type StoredKey } from './key-directory.ts';
import { hashKey, keyForm, keyHint } from './key-form.ts';

interface TestKey extends StoredKey {
  readonly source: string;
}

const form = keyForm('test_');
const failure = (code: string) => Object.assign(new Error(code), { code });

let directory: KeyDirectory<TestKey> | undefined;
afterEach(() => directory?.close());

const setUp = () => {
  const stored = new Map<string, TestKey>();
  const state = { now: 0, away: false, loads: 0, errors: 0 };
  const add = (source: string) => {
    const key = form.generate();
    stored.set(key, { source, hash: hashKey(key) });
    return key;
  };
  const load = async () => {
    state.loads++;
    if (state.away) throw new Error('away');
    return [...stored.values()];
  };
  const make = () =>
    createKeyDirectory(load, {
      refreshMs: 2_000,
      graceMs: 60_000,
      nowMs: () => state.now,
      sleep: async (ms) => {
        state.now += ms;
      },
      onError: () => state.errors++,
      hasForm: form.matches,
      invalid: () => failure('invalid_credentials'),
      unavailable: () => failure('keys_unavailable'),
    });
  return { stored, state, add, make };
};
const code = async (ask: () => unknown) => {
  try {
    await ask();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
};

describe('key directory', () => {
  it('knows whose key it is, and refuses others', async () => {
    const { add, make } = setUp();
    const key = add('web');
    directory = make();
    expect((await directory.authenticate(key)).source).toBe('web');
    const forged = form.generate();
    expect(await code(() => directory?.authenticate(forged))).toBe('invalid_credentials');
    expect(await code(() => directory?.authenticate("' OR 1=1 --"))).toBe('invalid_credentials');
  });

  it('finds a key that was created a moment ago', async () => {
    const { add, make } = setUp();
    directory = make();
    await directory.authenticate(add('first'));
    expect((await directory.authenticate(add('second'))).source).toBe('second');
  });

  it('asks the store at most four times a second, whatever is forged', async () => {
    const { make, state } = setUp();
    directory = make();
    for (let i = 0; i < 100; i++) {
      const forged = Array.from({ length: 10 }, () => code(() => directory?.authenticate(form.generate())));
      await Promise.all(forged);
    }
    expect(state.loads).toBeLessThanOrEqual(1 + (4 * state.now) / 1_000);
    expect(state.now).toBeLessThanOrEqual(100 * 250);
  });

  it('refuses a revoked key after the next reading', async () => {
    const { add, make, state, stored } = setUp();
    const key = add('web');
    directory = make();
    await directory.authenticate(key);
    stored.delete(key);
    state.now = 1_000;
    await code(() => directory?.authenticate(form.generate()));
    expect(await code(() => directory?.authenticate(key))).toBe('invalid_credentials');
  });

  it('refuses a key from its end on, however often it was known before', async () => {
    const { stored, state, make } = setUp();
    const key = form.generate();
    stored.set(key, { source: 'web', hash: hashKey(key), expiresAt: new Date(1_000) });
    directory = make();
    await directory.authenticate(key);
    expect(directory.known(key)?.source).toBe('web');
    expect(directory.known(key)?.source).toBe('web');
    state.now = 1_000;
    expect(directory.known(key)).toBeUndefined();
    expect(await code(() => directory?.authenticate(key))).toBe('invalid_credentials');
  });

  it('lets known keys go on while the store is away, for the grace and no longer', async () => {
    const { add, make, state } = setUp();
    const key = add('web');
    directory = make();
    await directory.authenticate(key);
    state.away = true;
    state.now = 59_000;
    expect((await directory.authenticate(key)).source).toBe('web');
    expect(await code(() => directory?.authenticate(form.generate()))).toBe('keys_unavailable');
    state.now = 61_000;
    expect(await code(() => directory?.authenticate(key))).toBe('keys_unavailable');
    expect(state.errors).toBeGreaterThan(0);
  });

  it('is unavailable, not unauthorised, while nothing was ever read', async () => {
    const { add, make, state } = setUp();
    state.away = true;
    directory = make();
    expect(await code(() => directory?.authenticate(add('web')))).toBe('keys_unavailable');
  });
});

it('shows of a key only its end', () => {
  const key = form.generate();
  expect(form.matches(key)).toBe(true);
  expect(keyHint(key)).toBe(`…${key.slice(-4)}`);
});
