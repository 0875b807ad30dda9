import { readFileSync } from 'node:fs';
import type { ConfigOf, snowflakeFields } from '@fineprint/service-config';

/** How to reach an account, and what a session starts with. */
export interface SnowflakeSettings {
  readonly account: string;
  readonly username: string;
  readonly login:
    | { readonly password: string }
    | { readonly privateKey: string; readonly passphrase: string | undefined };
  readonly database: string;
  readonly schema: string;
  readonly warehouse: string | undefined;
  readonly role: string | undefined;
  /** Where it answers, if not at the account's own address. */
  readonly accessUrl: string | undefined;
}

type SnowflakeConfig = ConfigOf<typeof snowflakeFields>;

/** Names are upper-case, as Snowflake makes them of names without quotes. Reads the key's file. */
export function snowflakeSettings(config: SnowflakeConfig): SnowflakeSettings {
  return {
    account: config.SNOWFLAKE_ACCOUNT,
    username: config.SNOWFLAKE_USERNAME,
    login: loginOf(config),
    database: config.SNOWFLAKE_DATABASE.toUpperCase(),
    schema: config.SNOWFLAKE_SCHEMA.toUpperCase(),
    warehouse: config.SNOWFLAKE_WAREHOUSE?.toUpperCase(),
    role: config.SNOWFLAKE_ROLE?.toUpperCase(),
    accessUrl: config.SNOWFLAKE_ACCESS_URL,
  };
}

function loginOf(config: SnowflakeConfig): SnowflakeSettings['login'] {
  const file = config.SNOWFLAKE_PRIVATE_KEY_FILE;
  const privateKey = file === undefined ? config.SNOWFLAKE_PRIVATE_KEY?.reveal() : readFileSync(file, 'utf8');
  if (privateKey !== undefined)
    return { privateKey, passphrase: config.SNOWFLAKE_PRIVATE_KEY_PASSPHRASE?.reveal() };
  return { password: config.SNOWFLAKE_PASSWORD?.reveal() ?? '' };
}
