// `npm run -s fineprint -- <command>`
import { run } from './bootstrap.mjs';

run('packages/cli/src/main.ts', process.argv.slice(2));
