import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { declarations } from '../packages/cli/src/config/declarations.ts';
import { factsOf, localVariables } from '../packages/service-config/src/index.ts';
import { documentVariables, renderSettings } from './settings-page.ts';

const ROOT = path.join(import.meta.dirname, '..');
const page = renderSettings();
const declared = new Set(declarations.flatMap((d) => Object.keys(d.shape)));

/** Their behaviour is built with the rows on consent and on erasure; until then nothing would read them. */
const NOT_READ_YET: readonly string[] = [];

test("every variable of the product document is read by some service, with the document's default", () => {
  const missing = documentVariables.filter((v) => !declared.has(v) && !NOT_READ_YET.includes(v));
  expect(missing).toEqual([]);
  for (const variable of documentVariables.filter((v) => declared.has(v)))
    expect(page).toContain(`| \`${variable}\``);
  const defaults = {
    ENABLE_PII_DETECTION: 'true',
    DATA_RETENTION_DAYS: '365',
    ENABLE_METRICS: 'true',
    METRICS_INTERVAL: '60000',
    ENABLE_REALTIME_PROCESSING: 'true',
    BATCH_SIZE: '1000',
  };
  for (const [variable, value] of Object.entries(defaults)) {
    for (const { shape } of declarations.filter((d) => variable in d.shape)) {
      const type = shape[variable];
      expect([variable, type === undefined ? undefined : factsOf(type).defaultText]).toEqual([
        variable,
        value,
      ]);
    }
  }
});

test('every service has its settings here, and its main reads them before anything else', () => {
  const programs = readdirSync(path.join(ROOT, 'services'));
  expect(declarations.map((d) => d.service).sort()).toEqual([...programs, 'setup'].sort());
  for (const program of programs) {
    const main = readFileSync(path.join(ROOT, 'services', program, 'src', 'main.ts'), 'utf8');
    const firstConst = /^const (.*)$/m.exec(main)?.[1];
    expect(`${program}: ${firstConst}`).toMatch(/: config = (load|read)\w+Config\(\)/);
  }
});

test('no setting of one service looks like a mistyped one of another', () => {
  const all = [...new Set(declarations.flatMap((d) => d.variables()))];
  const env = Object.fromEntries(all.map((variable) => [variable, '1']));
  for (const declaration of declarations) {
    const foreign = Object.fromEntries(
      Object.entries(env).filter(([variable]) => !declaration.variables().includes(variable)),
    );
    expect(declaration.check(foreign).unknown).toEqual([]);
  }
});

test('a variable that begins as ours do is in the table', () => {
  const used = new Set<string>();
  const tracked = execFileSync('git', ['ls-files', '*.ts', '*.mjs', '*.yml'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const file of tracked.split('\n').filter((f) => f !== '' && !f.endsWith('.test.ts'))) {
    for (const [name] of readFileSync(path.join(ROOT, file), 'utf8').matchAll(/\bFINEPRINT_[A-Z_]*[A-Z]\b/g))
      used.add(name);
  }
  expect([...used].filter((name) => localVariables[name] === undefined)).toEqual([]);
});
