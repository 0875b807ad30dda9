/** `npm run check`: generated files, format, lint and types. */
import { runChecks } from './steps.ts';

const failed = await runChecks();
console.log(failed.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
