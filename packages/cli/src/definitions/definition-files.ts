import { readFileSync, statSync } from 'node:fs';
import type { Problem } from '@fineprint/behaviour';
import { type DefinitionKind, parseDefinition } from '@fineprint/definitions';
import { parse as parseYaml } from 'yaml';
import { CliError } from '../errors.ts';

/** A definition that may be put in force. */
export interface ReadDefinition {
  readonly file: string;
  readonly name: string;
  /** As it stands in the file. */
  readonly input: unknown;
  readonly warnings: readonly Problem[];
}

const MAX_FILE_BYTES = 1 << 20;
const SHOWN_PROBLEMS = 20;

/** Every definition of these files, or all that is wrong with them. */
export function readDefinitionFiles(kind: DefinitionKind, files: readonly string[]): ReadDefinition[] {
  const read: ReadDefinition[] = [];
  const problems: string[] = [];
  const seen = new Map<string, string>();
  for (const file of files) {
    const content = contentOf(file);
    const inputs: unknown[] = Array.isArray(content) ? content : [content];
    if (inputs.length === 0) problems.push(`${file}: holds no definition`);
    inputs.forEach((input, i) => {
      const at = Array.isArray(content) ? `${file} [${i}]` : file;
      const parsed = parseDefinition(kind, input);
      if (!parsed.ok) {
        problems.push(...parsed.problems.map((p) => `${at}: ${p.code}: ${p.path} ${p.message}`));
        return;
      }
      const { name } = parsed.value;
      const before = seen.get(name);
      if (before !== undefined) problems.push(`${at}: name_repeated: "${name}" is in ${before} too`);
      seen.set(name, at);
      read.push({ file, name, input, warnings: parsed.warnings });
    });
  }
  if (problems.length === 0) return read;
  throw invalid(problems);
}

function contentOf(file: string): unknown {
  const text = textOf(file);
  try {
    // YAML holds JSON, but JSON's own parser says better what is wrong with it.
    return file.endsWith('.json') ? JSON.parse(text) : parseYaml(text, { maxAliasCount: 100 });
  } catch (error) {
    const [why] = String(error instanceof Error ? error.message : error).split('\n');
    throw invalid([`${file}: cannot be read as ${file.endsWith('.json') ? 'JSON' : 'YAML'}: ${why}`]);
  }
}

function textOf(file: string): string {
  try {
    if (statSync(file).size > MAX_FILE_BYTES) {
      throw new CliError('FILE_UNREADABLE', `${file} is larger than 1 MiB.`, 'Split it into several files.');
    }
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError('FILE_UNREADABLE', `The file ${file} cannot be read.`, 'Check the path.', { cause });
  }
}

function invalid(problems: readonly string[]): CliError {
  const shown = problems.slice(0, SHOWN_PROBLEMS);
  if (problems.length > SHOWN_PROBLEMS) shown.push(`and ${problems.length - SHOWN_PROBLEMS} more`);
  return new CliError(
    'DEFINITION_INVALID',
    `Nothing was put in force:\n  ${shown.join('\n  ')}`,
    'See docs/funnels-and-cohorts.md, and the files in examples/.',
  );
}
