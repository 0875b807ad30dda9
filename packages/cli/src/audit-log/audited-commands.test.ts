import { sensitivityOf } from '@fineprint/masking';
import { latestSchema } from '@fineprint/schemas';
import { type TopicName, topics } from '@fineprint/topology';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { buildProgram } from '../program.ts';
import { actOf, auditedCommands, nameOf, topicsAboutNobody } from './audited-commands.ts';

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
  add(program, 'sql').argument('<query>').option('--user <name>', '', 'masked');
  add(program, 'tail').argument('<topic>');
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
  [['sql', "SELECT * FROM identities WHERE user_id = 'anna'"], null],
  [
    [
      'sql',
      '--user',
      'analyst',
      "SELECT * FROM identities i JOIN fineprint.product_events e WHERE user_id = 'anna'",
    ],
    { action: 'cli sql', object: 'analyst: identities fineprint.product_events' },
  ],
  [['tail', 'product.events.clean'], { action: 'cli tail', object: 'product.events.clean' }],
  [['tail', 'ai.metrics'], null],
  [['topology'], null],
])('%j', async (args, expected) => {
  expect(await written(...args)).toEqual(expected);
});

/** Whether a field can only be a figure or a time. */
const isFigure = (type: unknown): boolean =>
  Array.isArray(type)
    ? type.every(isFigure)
    : typeof type === 'object' && type !== null && 'type' in type
      ? isFigure((type as { items?: unknown; type: unknown }).items ?? type.type)
      : ['null', 'int', 'long', 'float', 'double', 'boolean'].includes(String(type));

it('takes every topic for personal but those whose fields are all declared to tell nobody', () => {
  const aboutNobody = (Object.keys(topics) as TopicName[]).filter((name) => {
    const { fields } = latestSchema(topics[name].schema).schema as {
      fields: { name: string; type: unknown }[];
    };
    return fields.every((field) => isFigure(field.type) || sensitivityOf('', field.name) === 'open');
  });
  expect(aboutNobody).toEqual(topicsAboutNobody);
});
