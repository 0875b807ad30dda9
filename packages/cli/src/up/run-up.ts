import type { Stack } from '@fineprint/stack';
import type { UpOptions } from '../commands/up.ts';
import { requireSoundSettings } from '../config/require-sound-settings.ts';
import { openLocalStack } from '../open-stack.ts';
import { printJson, printText } from '../output.ts';
import { hasSnowflake, serviceSpec, wantedServices } from '../services.ts';
import { prepareStack } from './prepare-stack.ts';
import { createProgressView } from './progress-view.ts';
import { runDown } from './run-down.ts';
import { withEmulator } from './snowflake-emulator.ts';
import { renderUpSummary, type UpSummary, upSummary } from './summary.ts';
import { watchStack } from './watch-stack.ts';

const EXIT_INTERRUPTED = 130;
/** The `up` command. Attached, it watches until Ctrl-C and then stops everything; detached, it leaves all running. */
export async function runUp(options: UpOptions): Promise<void> {
  requireSoundSettings(process.env);
  const interrupted = options.detach ? undefined : onInterrupt();
  const stack = await openLocalStack();
  try {
    const summary = await start(stack, options.with === 'snowflake');
    if (interrupted?.aborted) return await runDown(stack);
    if (options.json) await printJson(summary);
    else await printText(renderUpSummary(summary));
  } catch (error) {
    process.stderr.write('What has started so far keeps running; `fineprint down` stops it.\n');
    throw error;
  }
  if (interrupted === undefined) return;
  process.stderr.write('\nCtrl-C stops everything. To let it run: npm start -- --detach\n');
  await watchStack(stack, interrupted);
  await runDown(stack);
}

async function start(stack: Stack, withSnowflake: boolean): Promise<UpSummary> {
  const startedAtMs = Date.now();
  const view = createProgressView();
  try {
    await stack.up({ onProgress: view.on });
    const env =
      withSnowflake && !hasSnowflake(process.env)
        ? await withEmulator(stack, process.env, view.on)
        : process.env;
    const keys = await prepareStack(stack, view.on, hasSnowflake(env));
    await stack.start(
      wantedServices(env).map((service) => serviceSpec(service, stack, env)),
      view.on,
    );
    return upSummary(stack, keys, Date.now() - startedAtMs, env);
  } finally {
    view.end();
  }
}

/** The first Ctrl-C asks for an orderly end, the second one leaves at once. */
function onInterrupt(): AbortSignal {
  const asked = new AbortController();
  const stop = () => {
    if (asked.signal.aborted) {
      process.stderr.write('\nLeft at once; `fineprint down` stops what still runs.\n');
      process.exit(EXIT_INTERRUPTED);
    }
    process.stderr.write('\nStopping everything; again to leave at once.\n');
    asked.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  return asked.signal;
}
