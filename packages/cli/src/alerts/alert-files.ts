import { readFileSync, statSync } from 'node:fs';
import { type Parsed, parseReceiver, parseRule, type Receiver, type Rule } from '@fineprint/alert-rules';
import { parse as parseYaml } from 'yaml';
import { CliError } from '../errors.ts';

/** What files want in force. */
export interface AlertFiles {
  readonly rules: readonly Rule[];
  readonly receivers: readonly Receiver[];
}

const MAX_FILE_BYTES = 1 << 20;
const SHOWN_PROBLEMS = 20;

/** Every rule and receiver of these files, or all that is wrong with them. */
export function readAlertFiles(files: readonly string[]): AlertFiles {
  const problems: string[] = [];
  const rules = new Map<string, Rule>();
  const receivers = new Map<string, Receiver>();
  for (const file of files) {
    const content = contentOf(file);
    const unknown = Object.keys(content).filter((key) => key !== 'rules' && key !== 'receivers');
    problems.push(...unknown.map((key) => `${file}: "${key}" is neither rules nor receivers`));
    take(file, 'rules', content, parseRule, rules, problems);
    take(file, 'receivers', content, parseReceiver, receivers, problems);
  }
  if (rules.size + receivers.size === 0) problems.push('there is no rule and no receiver');
  if (problems.length > 0) throw invalid(problems);
  return { rules: [...rules.values()], receivers: [...receivers.values()] };
}

function take<T extends { readonly name: string }>(
  file: string,
  kind: 'rules' | 'receivers',
  content: Readonly<Record<string, unknown>>,
  parse: (input: unknown) => Parsed<T>,
  found: Map<string, T>,
  problems: string[],
): void {
  const list = content[kind] ?? [];
  if (!Array.isArray(list)) {
    problems.push(`${file}: ${kind} is not a list`);
    return;
  }
  list.forEach((input: unknown, i) => {
    const parsed = parse(input);
    if (!parsed.ok) {
      problems.push(...parsed.problems.map((p) => `${file} ${kind}[${i}]: ${p.path} ${p.message}`));
      return;
    }
    const { name } = parsed.value;
    if (found.has(name)) problems.push(`${file} ${kind}[${i}]: "${name}" is there already`);
    found.set(name, parsed.value);
  });
}

function contentOf(file: string): Readonly<Record<string, unknown>> {
  const text = textOf(file);
  try {
    const content: unknown = parseYaml(text, { maxAliasCount: 100 }); // YAML holds JSON
    if (typeof content === 'object' && content !== null && !Array.isArray(content))
      return content as Record<string, unknown>;
  } catch (error) {
    const [why] = String(error instanceof Error ? error.message : error).split('\n');
    throw invalid([`${file}: cannot be read as YAML: ${why}`]);
  }
  throw invalid([`${file}: holds no lists under rules or receivers`]);
}

function textOf(file: string): string {
  try {
    if (statSync(file).size <= MAX_FILE_BYTES) return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CliError('FILE_UNREADABLE', `The file ${file} cannot be read.`, 'Check the path.', { cause });
  }
  throw new CliError('FILE_UNREADABLE', `${file} is larger than 1 MiB.`, 'Split it into several files.');
}

function invalid(problems: readonly string[]): CliError {
  const shown = problems.slice(0, SHOWN_PROBLEMS);
  if (problems.length > SHOWN_PROBLEMS) shown.push(`and ${problems.length - SHOWN_PROBLEMS} more`);
  return new CliError(
    'DEFINITION_INVALID',
    `Nothing was put in force:\n  ${shown.join('\n  ')}`,
    'See docs/alerts.md, and the files in infra/alerts.',
  );
}
