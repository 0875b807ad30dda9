import { createPrivateKey } from 'node:crypto';
import type { ConnectionOptions } from 'snowflake-sdk';
import type { SnowflakeSettings } from './settings.ts';

/** What the driver is given. */
export function connectionOptions(settings: SnowflakeSettings): ConnectionOptions {
  const { account, username, login, database, schema, warehouse, role, accessUrl } = settings;
  return {
    account,
    username,
    ...('password' in login
      ? { password: login.password }
      : { authenticator: 'SNOWFLAKE_JWT', privateKey: plainKey(login.privateKey, login.passphrase) }),
    database,
    schema,
    ...(warehouse === undefined ? {} : { warehouse }),
    ...(role === undefined ? {} : { role }),
    ...(accessUrl === undefined ? {} : { accessUrl }),
    application: 'fineprint_analytics',
    clientSessionKeepAlive: true,
    sfRetryMaxLoginRetries: 2,
  };
}

/** The driver takes keys without a passphrase only. */
function plainKey(pem: string, passphrase: string | undefined): string {
  const key = createPrivateKey({
    key: pem,
    format: 'pem',
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
