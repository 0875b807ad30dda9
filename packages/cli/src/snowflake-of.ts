import type { SnowflakeSettings } from '@fineprint/snowflake';
import type { Stack } from '@fineprint/stack';
import { hasSnowflake } from './services.ts';

/** Whether the stack's loader fills a Snowflake. */
export async function runsSnowflake(stack: Stack): Promise<boolean> {
  const loader = (await stack.status()).find((s) => s.name === 'snowflake-loader');
  return loader !== undefined && loader.state !== 'stopped';
}

/** The account that the environment names, or else the stack's emulator. */
export async function snowflakeOf(stack: Stack): Promise<SnowflakeSettings> {
  if (!hasSnowflake(process.env)) {
    const { emulatorSettings } = await import('@fineprint/snowflake-emulator');
    return emulatorSettings(stack);
  }
  const { readConfig, snowflakeFields, snowflakeRule } = await import('@fineprint/service-config');
  const { snowflakeSettings } = await import('@fineprint/snowflake');
  return snowflakeSettings(
    readConfig(snowflakeFields, process.env, { service: 'fineprint', rules: [snowflakeRule] }),
  );
}
