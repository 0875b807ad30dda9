import fs from 'node:fs';
import type { SnowflakeSettings } from '@fineprint/snowflake';
import { type OnProgress, openStack, REPO_DIR, type Stack, StackError } from '@fineprint/stack';
import { type TestSlot, takeTestSlot } from '@fineprint/stack/test-slot';
import type { Environment } from '../services.ts';
import type { LocalKeys } from '../up/local-keys.ts';
import { prepareStack } from '../up/prepare-stack.ts';
import { withEmulator } from '../up/snowflake-emulator.ts';

/** A fresh stack that nobody else uses, with topics, schemas, tables and keys. */
export interface ChaosStack {
  readonly stack: Stack;
  readonly keys: LocalKeys;
  /** Settings of the services. None of the caller's: a vendor's key in there is for real events. */
  readonly env: Environment;
  readonly snowflake: SnowflakeSettings | undefined;
  /** Stops it; what it stored goes, unless it is kept for looking at. */
  close(options: { readonly keep: boolean }): Promise<void>;
}

export async function openChaosStack(
  onProgress: OnProgress,
  { withSnowflake = false }: { readonly withSnowflake?: boolean } = {},
): Promise<ChaosStack> {
  const taken: TestSlot[] = [];
  try {
    for (;;) {
      const slot = takeTestSlot(REPO_DIR);
      taken.push(slot);
      try {
        return await startIn(slot, withSnowflake, onProgress);
      } catch (error) {
        // Another checkout has the same ports: the next ones may be free. When all are taken, `takeTestSlot` says so.
        if (!(error instanceof StackError && error.code === 'PORT_TAKEN')) throw error;
      }
    }
  } finally {
    // The one in use stays locked until this process ends, however it ends.
    for (const slot of taken.slice(0, -1)) slot.lock.release();
  }
}

async function startIn(
  { dataDir, portOffset }: TestSlot,
  withSnowflake: boolean,
  onProgress: OnProgress,
): Promise<ChaosStack> {
  const env = {
    ...process.env,
    FINEPRINT_PROVIDER: 'native',
    FINEPRINT_DATA_DIR: dataDir,
    FINEPRINT_PORT_OFFSET: String(portOffset),
  };
  const left = await openStack(env); // what a killed run left
  await left.erase();
  fs.rmSync(dataDir, { recursive: true, force: true });
  const stack = await openStack(env);
  try {
    await stack.up({ onProgress });
    const servicesEnv = withSnowflake ? await withEmulator(stack, {}, onProgress) : {};
    const keys = await prepareStack(stack, onProgress, withSnowflake);
    const { emulatorSettings } = await import('@fineprint/snowflake-emulator');
    return {
      stack,
      keys,
      env: servicesEnv,
      snowflake: withSnowflake ? emulatorSettings(stack) : undefined,
      close: ({ keep }) => (keep ? stack.down() : stack.erase()),
    };
  } catch (error) {
    await stack.down();
    throw error;
  }
}
