// `npm start [-- --detach …]`: everything up, with a live view.
import { run } from './bootstrap.mjs';

run('packages/cli/src/main.ts', ['up', ...process.argv.slice(2)]);
