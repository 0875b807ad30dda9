import fs from 'node:fs';
import { type OnProgress, openStack, REPO_DIR, type Stack, StackError } from '@fineprint/stack';
import { type TestSlot, takeTestSlot } from '@fineprint/stack/test-slot';
import type { LocalKeys } from '../up/local-keys.ts';
import { prepareStack } from '../up/prepare-stack.ts';

/** A fresh stack that nobody else uses, with topics, schemas, tables and keys. */
export interface ChaosStack {
  readonly stack: Stack;
  readonly keys: LocalKeys;
  /** Stops it; what it stored goes, unless it is kept for looking at. */
  close(options: { readonly keep: boolean }): Promise<void>;
}

export async function openChaosStack(onProgress: OnProgress): Promise<ChaosStack> {
  const taken: TestSlot[] = [];
  try {
    for (;;) {
      const slot = takeTestSlot(REPO_DIR);
      taken.push(slot);
      try {
        return await startIn(slot, onProgress);
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

async function startIn({ dataDir, portOffset }: TestSlot, onProgress: OnProgress): Promise<ChaosStack> {
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
    const keys = await prepareStack(stack, onProgress);
    return {
      stack,
      keys,
      close: ({ keep }) => (keep ? stack.down() : stack.erase()),
    };
  } catch (error) {
    await stack.down();
    throw error;
  }
}
