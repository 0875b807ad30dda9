import { Command } from 'commander';
import { expect, it } from 'vitest';
import { buildProgram } from '../program.ts';
import { actOf, auditedCommands, nameOf } from './audited-commands.ts';

const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];

it('names commands that there are', () => {
  const there = all(buildProgram()).map(nameOf);
  expect(auditedCommands.filter((name) => !there.includes(name))).toEqual([]);
});

/** What is written down of a command line. */
async function written(...args: string[]) {
  const program = new Command('fineprint');
  let act: ReturnType<typeof actOf> | undefined;
  program.hook('preAction', (_program, command) => {
    act = actOf(command);
  });
  const add = (parent: Command, name: string) =>
    parent
      .command(name)
      .option('--dry-run')
      .action(() => undefined);
  add(program.command('keys'), 'create').argument('<name>');
  add(program.command('prices'), 'import').argument('<file>');
  add(program.command('dlq'), 'replay').option('--stage <stage>');
  add(program, 'replay')
    .option('--promote <id>')
    .option('--list')
    .option('--stage <stage>')
    .option('--shadow');
  add(program, 'topology');
  await program.parseAsync(['node', 'fineprint', ...args]);
  return act;
}

it.each<[string[], unknown]>([
  [['keys', 'create', 'anna'], { action: 'cli keys create', object: 'anna' }],
  [['prices', 'import', '/home/anna/prices.json'], { action: 'cli prices import', object: 'prices.json' }],
  [['prices', 'import', 'prices.json', '--dry-run'], null],
  [['dlq', 'replay', '--stage', 'pii-scrubber'], { action: 'cli dlq replay', object: 'pii-scrubber' }],
  [['replay', '--promote', 'r1'], { action: 'cli replay', object: 'promote r1' }],
  [['replay', '--shadow', '--stage', 's'], { action: 'cli replay', object: 'shadow s' }],
  [['replay', '--list'], null],
  [['topology'], null],
])('%j', async (args, expected) => {
  expect(await written(...args)).toEqual(expected);
});
