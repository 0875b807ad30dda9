/** What the image runs: a service by its name, `setup`, as the first argument or in FINEPRINT_SERVICE. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = path.join(import.meta.dirname, '..', '..');
const EXIT_USAGE = 2;

const given = process.argv[2];
const isNamed = given !== undefined && !given.startsWith('-');
const name = isNamed ? given : (process.env['FINEPRINT_SERVICE'] ?? '');
const programs = [...readdirSync(path.join(ROOT, 'services')), 'setup'];

if (!programs.includes(name)) {
  process.stderr.write(
    `${name === '' ? 'Nothing is named' : `There is no ${name}`}: give one of these as the argument or in FINEPRINT_SERVICE.\n  ${programs.join('\n  ')}\n`,
  );
  process.exit(EXIT_USAGE);
}
const folder = path.join(ROOT, name === 'setup' ? 'infra' : 'services', name);
const main = path.join(folder, 'src', 'main.ts');
if (!existsSync(main)) throw new Error(`${main} is not there`);
// As if it had been started itself: it finds its own arguments where they belong.
process.argv = [process.argv[0] ?? 'node', main, ...process.argv.slice(isNamed ? 3 : 2)];
await import(pathToFileURL(main).href);
