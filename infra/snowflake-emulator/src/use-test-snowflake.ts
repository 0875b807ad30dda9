import { migrateSnowflake } from '@fineprint/migrations';
import { readConfig, snowflakeFields, snowflakeRule } from '@fineprint/service-config';
import { type SnowflakeSettings, snowflakeSettings } from '@fineprint/snowflake';
import { openStack } from '@fineprint/stack';
import { findPython, HOW_TO_GET_PYTHON } from '@fineprint/stack/python';
import { useTestStack } from '@fineprint/stack/testing';
import { emulatorEnv, emulatorSettings, startEmulator } from './emulator.ts';

/** A Snowflake for integration tests, with our tables. Shared like the stack: expect others' rows, tell yours apart. */
export interface TestSnowflake {
  readonly settings: SnowflakeSettings;
  /** What services read from their environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly isEmulator: boolean;
}

/**
 * The account that SNOWFLAKE_ACCOUNT names, or else the emulator, which the first test that asks starts and the end of the
 * run stops. Undefined, with a line that says so, where there is neither.
 */
export async function useTestSnowflake(): Promise<TestSnowflake | undefined> {
  const found = process.env['SNOWFLAKE_ACCOUNT'] ? realAccount() : await emulator();
  if (found !== undefined) await migrateSnowflake(found.settings);
  return found;
}

function realAccount(): TestSnowflake {
  const config = readConfig(snowflakeFields, process.env, { service: 'tests', rules: [snowflakeRule] });
  const names = Object.keys(snowflakeFields);
  const env = Object.fromEntries(
    names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  return { settings: snowflakeSettings(config), env, isEmulator: false };
}

async function emulator(): Promise<TestSnowflake | undefined> {
  if ((await findPython()) === undefined) {
    process.stderr.write(`[stack] Snowflake is not tested: no Python. ${HOW_TO_GET_PYTHON}\n`);
    return undefined;
  }
  const { commandEnv } = useTestStack();
  const stack = await openStack({ ...process.env, ...commandEnv });
  await startEmulator(stack, ({ name, state, detail }) => {
    if (state === 'installing' || state === 'ready')
      process.stderr.write(`[stack] ${name} ${state}${detail === undefined ? '' : ` (${detail})`}\n`);
  });
  return { settings: emulatorSettings(stack), env: emulatorEnv(stack), isEmulator: true };
}
