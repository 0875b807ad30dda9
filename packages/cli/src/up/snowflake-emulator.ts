import type { OnProgress, Stack } from '@fineprint/stack';
import type { Environment } from '../services.ts';

/** Nobody pays for the emulator's minutes. */
const EMULATED_BATCH_SECONDS = '2';

/** Starts the emulator; answers the environment with its address in the place of an account's. */
export async function withEmulator(
  stack: Stack,
  env: Environment,
  onProgress: OnProgress,
): Promise<Environment> {
  const { emulatorEnv, startEmulator } = await import('@fineprint/snowflake-emulator');
  await startEmulator(stack, onProgress);
  return { SNOWFLAKE_BATCH_SECONDS: EMULATED_BATCH_SECONDS, ...env, ...emulatorEnv(stack) };
}
