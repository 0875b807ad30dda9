import { type ConfigOf, optional, snowflakeFields } from '@fineprint/service-config';
import { type SnowflakeSettings, snowflakeSettings } from '@fineprint/snowflake/settings';

/** The account, where there is one. */
export const optionalSnowflakeFields = {
  ...snowflakeFields,
  SNOWFLAKE_ACCOUNT: optional(snowflakeFields.SNOWFLAKE_ACCOUNT),
  SNOWFLAKE_USERNAME: optional(snowflakeFields.SNOWFLAKE_USERNAME),
};

export function snowflakeAccount(config: ConfigOf<typeof optionalSnowflakeFields>): SnowflakeSettings | null {
  const { SNOWFLAKE_ACCOUNT, SNOWFLAKE_USERNAME } = config;
  if (SNOWFLAKE_ACCOUNT === undefined || SNOWFLAKE_USERNAME === undefined) return null;
  return snowflakeSettings({ ...config, SNOWFLAKE_ACCOUNT, SNOWFLAKE_USERNAME });
}
