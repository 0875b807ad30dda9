import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfig, snowflakeFields, snowflakeRule } from '@fineprint/service-config';
import { expect, it } from 'vitest';
import { connectionOptions } from './connection-options.ts';
import { snowflakeSettings } from './settings.ts';

const optionsOf = (env: Record<string, string>) => {
  const account = { SNOWFLAKE_ACCOUNT: 'org-acc', SNOWFLAKE_USERNAME: 'loader', ...env };
  const config = readConfig(snowflakeFields, account, { service: 'test', rules: [snowflakeRule] });
  return connectionOptions(snowflakeSettings(config));
};

it('logs in with a password, and names only what is set', () => {
  const options = optionsOf({ SNOWFLAKE_PASSWORD: 'p', SNOWFLAKE_WAREHOUSE: 'loading' });
  expect(options).toMatchObject({
    account: 'org-acc',
    username: 'loader',
    password: 'p',
    database: 'FINEPRINT',
    schema: 'ANALYTICS',
    warehouse: 'LOADING',
  });
  for (const absent of ['role', 'accessUrl', 'authenticator', 'privateKey'])
    expect(options).not.toHaveProperty(absent);
});

it('logs in with a key, from a file and with a passphrase too', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const plain = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  expect(optionsOf({ SNOWFLAKE_PRIVATE_KEY: plain })).toMatchObject({
    authenticator: 'SNOWFLAKE_JWT',
    privateKey: plain,
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'fineprint-key-'));
  try {
    const file = path.join(folder, 'key.p8');
    const cipher = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const;
    writeFileSync(file, privateKey.export(cipher));
    const env = { SNOWFLAKE_PRIVATE_KEY_FILE: file, SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: 'secret' };
    const given = optionsOf(env).privateKey;
    expect(createPrivateKey(String(given)).equals(privateKey)).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
