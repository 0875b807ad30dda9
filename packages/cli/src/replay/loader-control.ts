import type { LoaderControl } from '@fineprint/replay';
import type { Stack } from '@fineprint/stack';
import { serviceSpec, services } from '../services.ts';

const LOADER = 'warehouse-loader';

/**
 * On a stack of ours its supervisor stops and starts the loader. Where it runs elsewhere, a person does: this says what, and
 * the promotion waits until the consumer group is empty.
 */
export async function loaderControl(stack: Stack): Promise<LoaderControl> {
  const ours = (await stack.status()).find((s) => s.name === LOADER);
  const service = services.find((s) => s.name === LOADER);
  if (ours === undefined || service === undefined) return byHand();
  return {
    stop: () => stack.stop([LOADER]),
    start: () => stack.start([serviceSpec(service, stack)]),
  };
}

function byHand(): LoaderControl {
  const say = (text: string) => {
    process.stderr.write(`${text}\n`);
    return Promise.resolve();
  };
  return {
    stop: () =>
      say(
        `Stop every instance of ${LOADER} now, e.g.: kubectl scale deployment ${LOADER} --replicas 0   (waiting until its group is empty)`,
      ),
    start: () => say(`${LOADER} may run again: start or restart every instance.`),
  };
}
