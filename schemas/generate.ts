import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSubjects, readSchemaFiles } from './load.ts';
import { type Released, releaseFiles } from './released.ts';
import { renderIndex, renderRecord } from './render.ts';

const RELEASED = 'schemas/released.json';

/** Path (relative to the repository) → content of every file made from schemas/avro. */
export function generatedSchemaFiles(): Map<string, string> {
  const files = new Map<string, string>();
  const records: { name: string; file: string }[] = [];
  for (const { subject, versions } of loadSubjects()) {
    const { name, source } = renderRecord(versions);
    files.set(`schemas/gen/${subject}.ts`, source);
    records.push({ name, file: subject });
  }
  files.set('schemas/gen/index.ts', renderIndex(records));
  files.set(RELEASED, `${JSON.stringify(releaseFiles(readReleased(), readSchemaFiles()), null, 2)}\n`);
  return files;
}

function readReleased(): Released {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'released.json'), 'utf8')) as Released;
}
