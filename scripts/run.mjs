// `node scripts/run.mjs <file.ts> [arguments]`: any script of this repository, on the installed Node.
import { run } from './bootstrap.mjs';

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: node scripts/run.mjs <file.ts> [arguments]\n');
  process.exit(2);
}
run(file, args);
