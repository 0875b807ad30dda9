import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { mergeRules, parseRules, type Rule, type RuleFile } from '@fineprint/data-quality';
import { JobError } from '@fineprint/jobs';

const DEFAULTS = path.join(import.meta.dirname, '..', '..', '..', '..', 'infra', 'quality', 'rules.yaml');
const MAX_TOLD = 5;

/** The rules that come with the product, and those of a file after them. Throws a JobError that names what is wrong. */
export async function loadRules(ownFile: string | undefined): Promise<readonly Rule[]> {
  const { rules } = await readRules(DEFAULTS);
  return ownFile === undefined ? rules : mergeRules(rules, await readRules(ownFile));
}

async function readRules(file: string): Promise<RuleFile> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new JobError('rules_unreadable', `the file of quality rules ${file} cannot be read`, cause);
  });
  const parsed = parseRules(text);
  if (parsed.ok) return parsed.file;
  const told = parsed.problems.slice(0, MAX_TOLD).map((p) => `${p.place}: ${p.message}`);
  throw new JobError('rules_invalid', `${file}: ${told.join('; ')}`);
}
