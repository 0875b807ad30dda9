import type { Command } from 'commander';
import { examples } from '../examples.ts';

/** Named here so that showing help loads no client of a store. */
export type DefinedKind = 'funnel' | 'cohort' | 'segment';

const WHAT: Readonly<Record<DefinedKind, string>> = {
  funnel: 'steps that people take one after another, within a window',
  cohort: 'people who did or are something, or came in a period',
  segment: 'people by a tree of rules',
};

export interface ApplyOptions {
  readonly dryRun?: true;
  readonly json?: true;
}

export function addFunnels(program: Command): void {
  addDefinitions(program, 'funnel');
}

export function addCohorts(program: Command): void {
  addDefinitions(program, 'cohort');
}

export function addSegments(program: Command): void {
  addDefinitions(program, 'segment');
}

/** The same four commands for each kind of definition. */
function addDefinitions(program: Command, kind: DefinedKind): void {
  const plural = `${kind}s`;
  const command = program
    .command(plural)
    .description(`define ${plural}: ${WHAT[kind]}`)
    .addHelpText(
      'after',
      examples([
        [`${plural} apply examples/${plural}.yaml`, 'puts those of a file in force'],
        [`${plural} apply my.json --dry-run`, 'only checks them; needs nothing running'],
        [`${plural} show my-${kind} > my.yaml`, 'as a file that can be changed and applied again'],
      ]),
    );
  const load = () => import('../definitions/run-definitions.ts');
  command
    .command('apply')
    .description(`put the ${plural} of files in force, all or none; a change is a new version`)
    .argument('<file...>', 'JSON or YAML: a definition, or a list of them')
    .option('--dry-run', 'only check them')
    .option('--json', 'as JSON')
    .action(async (files: string[], options: ApplyOptions) => (await load()).runApply(kind, files, options));
  command
    .command('list')
    .description(`show the ${plural} in force`)
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => (await load()).runList(kind, options));
  command
    .command('show')
    .description(`show a ${kind}; with --json all its versions`)
    .argument('<name>')
    .option('--json', 'as JSON')
    .action(async (name: string, options: { json?: true }) => (await load()).runShow(kind, name, options));
  command
    .command('remove')
    .description(`take a ${kind} out of force; its versions stay readable`)
    .argument('<name>')
    .option('--json', 'as JSON')
    .action(async (name: string, options: { json?: true }) => (await load()).runRemove(kind, name, options));
}
