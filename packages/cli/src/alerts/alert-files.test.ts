import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseReceiver, parseRule } from '@fineprint/alert-rules';
import { REPO_DIR } from '@fineprint/stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { readAlertFiles } from './alert-files.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'alerts-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(content: string): string {
  const file = path.join(folder, 'file.yaml');
  writeFileSync(file, content);
  return file;
}
const STARTERS = path.join(REPO_DIR, 'infra', 'alerts');

it('the starter rules and the example of receivers can be put in force', () => {
  const files = readdirSync(STARTERS).map((file) => path.join(STARTERS, file));
  const { rules, receivers } = readAlertFiles(files);
  expect(rules.length).toBeGreaterThan(8);
  expect(receivers.map((r) => r.target.type)).toEqual(['webhook', 'slack', 'email']);
});

it('every rule and receiver of the guide is sound', () => {
  const guide = readFileSync(path.join(REPO_DIR, 'docs', 'alerts.md'), 'utf8');
  const snippets = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => parseYaml(text));
  expect(snippets.flatMap((s) => (s.rules ?? []).map(parseRule))).toMatchObject([{ ok: true }]);
  expect(snippets.flatMap((s) => (s.receivers ?? []).map(parseReceiver))).toMatchObject([{ ok: true }]);
});

it.each([
  ['a: [b', /cannot be read as YAML/],
  ['[]', /holds no lists/],
  ['rules: 5', /rules is not a list/],
  ['rule: []', /"rule" is neither/],
  ['{}', /no rule and no receiver/],
  ['rules: [{name: x}]', /rules\[0\]: metric/],
  [
    'receivers: [{name: x, target: {type: email, to: [a@b.example]}}, {name: x, target: {type: email, to: [a@b.example]}}]',
    /"x" is there already/,
  ],
])('%s is refused with what is wrong', (text, expected) => {
  expect(() => readAlertFiles([write(text)])).toThrow(expected);
});

it('a file that is not there is not read', () => {
  expect(() => readAlertFiles([path.join(folder, 'no.yaml')])).toThrow('cannot be read');
});
