import type { Stack } from '@fineprint/stack';
import { createProgressView } from './progress-view.ts';

/** Stops exactly what `up` started, services first; with `erase`, what they have stored goes as well. */
export async function runDown(stack: Stack, erase = false): Promise<void> {
  const view = createProgressView();
  try {
    await (erase ? stack.erase(view.on) : stack.down(view.on));
  } finally {
    view.end();
  }
}
