import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { buildProgram } from './program.ts';

const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
const commands = all(buildProgram());
const named = (name: string) => commands.find((c) => c.name() === name);

test('every command and option says what it is for', () => {
  for (const command of commands) {
    expect(command.description(), command.name()).not.toBe('');
    for (const option of command.options)
      expect(option.description, `${command.name()} ${option.flags}`).not.toBe('');
  }
});

test('every top-level command but those without output has examples', () => {
  for (const command of buildProgram().commands) {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    expect(help, command.name()).toContain('Examples:');
  }
});

test('what prints data prints JSON too', () => {
  for (const name of [
    'up',
    'status',
    'send',
    'sql',
    'tail',
    'topology',
    'plan',
    'apply',
    'create',
    'list',
    'revoke',
    'show',
    'remove',
    'replay',
    'import',
    'set',
    'clear',
    'run',
    'logs',
    'doctor',
    'passport',
    'chaos',
    'replay',
  ])
    expect(
      named(name)?.options.map((o) => o.long),
      name,
    ).toContain('--json');
});

test.each([
  ['tpology', 'Did you mean topology?'],
  ['sned', 'Did you mean send?'],
])('%s: %s', async (typed, hint) => {
  let said = '';
  const program = buildProgram().configureOutput({ writeErr: (text) => (said += text) });
  await expect(program.parseAsync(['node', 'fineprint', typed])).rejects.toMatchObject({
    code: 'commander.unknownCommand',
  });
  expect(said).toContain(hint);
});
