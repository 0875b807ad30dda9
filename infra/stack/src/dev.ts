// `node infra/stack/src/dev.ts up|down|status|env [part…]`, until the CLI has these commands.

import { StackError } from './errors.ts';
import { PART_NAMES, type PartName } from './parts.ts';
import type { OnProgress } from './progress.ts';
import { openStack } from './stack.ts';

const show: OnProgress = ({ name, state, detail, elapsedMs }) =>
  console.error(
    `${name.padEnd(10)} ${state}${elapsedMs === undefined ? '' : ` ${elapsedMs} ms`}  ${detail ?? ''}`,
  );

try {
  const [command, ...names] = process.argv.slice(2);
  const parts = names.length > 0 ? PART_NAMES.filter((part: PartName) => names.includes(part)) : PART_NAMES;
  const stack = await openStack();
  if (command === 'up') await stack.up({ parts, onProgress: show });
  else if (command === 'down') await stack.down(show);
  else if (command === 'env')
    console.log(
      Object.entries(stack.env)
        .map(([key, value]) => `${key}=${value}`)
        .join('\n'),
    );
  else console.log(await stack.status());
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(`${error.code}: ${error.message}\n${error.fix}`);
  process.exitCode = 1;
}
