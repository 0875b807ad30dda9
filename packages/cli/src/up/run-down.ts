import type { Stack } from '@fineprint/stack';
import { createProgressView } from './progress-view.ts';

/** Stops exactly what `up` started, services first. */
export async function runDown(stack: Stack): Promise<void> {
  const view = createProgressView();
  try {
    await stack.down(view.on);
  } finally {
    view.end();
  }
}
