import { loadSubjects } from './load.ts';
import { renderIndex, renderRecord } from './render.ts';

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
  return files;
}
