import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DEFINITION_KINDS, type DefinitionKind, parseDefinition } from '@fineprint/definitions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { readDefinitionFiles } from './definition-files.ts';

const REPO = path.join(import.meta.dirname, '..', '..', '..', '..');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'definitions-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: unknown): string {
  const file = path.join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const funnel = (name: string) => ({ name, windowMs: 1_000, steps: [{ event: 'a' }, { event: 'b' }] });
const messageOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return `${(error as { code: string }).code} ${(error as Error).message}`;
  }
  throw new Error('nothing was refused');
};

test('one definition or a list, JSON or YAML', () => {
  const files = [
    write('one.json', funnel('one')),
    write('list.yaml', '- {name: two, windowMs: 1000, steps: [{event: a}, {kind: conversion}]}\n'),
  ];
  expect(readDefinitionFiles('funnel', files).map((d) => d.name)).toEqual(['one', 'two']);
});

test.each<[string, string | object, RegExp]>([
  ['bad.json', '{"name": ', /DEFINITION_INVALID .*cannot be read as JSON/s],
  ['bad.yaml', 'a: [b', /cannot be read as YAML/],
  [
    'bomb.yaml',
    `a: &a [x, x]\nb: &b [${'*a,'.repeat(99)}*a]\nc: [${'*b,'.repeat(99)}*b]`,
    /cannot be read as YAML/,
  ],
  ['empty.yaml', '', /not_an_object/],
  ['none.json', [], /holds no definition/],
  ['zero.json', { ...funnel('x'), windowMs: 0 }, /window_invalid: windowMs/],
  ['twice.json', [funnel('x'), funnel('x')], /name_repeated: "x" is in .*twice\.json \[0\] too/],
  ['many.json', Array(50).fill(1), /and 30 more/],
])('%s is refused with what is wrong', (name, content, expected) => {
  expect(messageOf(() => readDefinitionFiles('funnel', [write(name, content)]))).toMatch(expected);
});

test('files that are not there or too large are not read', () => {
  expect(messageOf(() => readDefinitionFiles('funnel', [path.join(folder, 'no.json')]))).toMatch(
    'FILE_UNREADABLE',
  );
  expect(messageOf(() => readDefinitionFiles('funnel', [write('large.yaml', '#'.repeat(2 << 20))]))).toMatch(
    'larger than 1 MiB',
  );
});

test('every file of examples/ can be put in force', () => {
  const kinds = readdirSync(path.join(REPO, 'examples')).map((file) => {
    const kind = DEFINITION_KINDS.find((k) => file === `${k}s.yaml`);
    if (kind === undefined) throw new Error(`examples/${file} is of no kind`);
    expect(readDefinitionFiles(kind, [path.join(REPO, 'examples', file)]).length).toBeGreaterThan(1);
    return kind;
  });
  expect(kinds.sort()).toEqual([...DEFINITION_KINDS].sort());
});

test('every definition in the guide is sound', () => {
  const guide = readFileSync(path.join(REPO, 'docs', 'funnels-and-cohorts.md'), 'utf8');
  const snippets = [...guide.matchAll(/```yaml (\w+)\n([\s\S]*?)```/g)];
  expect(snippets.length).toBeGreaterThan(2);
  for (const [, kind = '', text = ''] of snippets)
    expect(parseDefinition(kind as DefinitionKind, parseYaml(text)), text).toMatchObject({ ok: true });
});
