import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CliError } from '../errors.ts';
import { type Mapping, mappingForHeader, parseMapping } from './mapping.ts';

const FOLDER = path.join(import.meta.dirname, '..', '..', 'mappings');

/** The mappings that come with the program. */
export function builtInMappings(): Mapping[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => readMapping(path.join(FOLDER, file)));
}

export function readMapping(file: string): Mapping {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CliError('FILE_UNREADABLE', `The mapping ${file} cannot be read.`, 'Check the path.', {
      cause,
    });
  }
  const read = parseMapping(text);
  if (read.ok) return read.mapping;
  throw new CliError(
    'MAPPING_INVALID',
    `${file} is no valid mapping:\n  ${read.problems.join('\n  ')}`,
    'See packages/cli/README.md, "Mappings", and the examples in packages/cli/mappings.',
  );
}

/** `auto`, a built-in mapping's name, or a file → the mapping for a CSV with this header. */
export function chooseMapping(asked: string, header: readonly string[]): Mapping {
  const mappings = builtInMappings();
  const mapping =
    asked === 'auto'
      ? mappingForHeader(mappings, header)
      : (mappings.find((m) => m.name === asked) ?? readMapping(asked));
  if (mapping === undefined)
    throw new CliError(
      'FORMAT_UNKNOWN',
      `No mapping fits a CSV with the columns ${header.slice(0, 20).join(', ') || '(none)'}.`,
      `Write one (packages/cli/README.md, "Mappings") and give it with --mapping. There are: ${mappings.map((m) => m.name).join(', ')}.`,
    );
  const missing = mapping.columns.filter((column) => !header.includes(column));
  if (missing.length === 0) return mapping;
  throw new CliError(
    'FORMAT_UNKNOWN',
    `The file has no column ${missing.join(', ')}, which the mapping ${mapping.name} needs.`,
    'Check that it is the right mapping, and the spelling of its columns.',
  );
}
