import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AvroSchema } from './render.ts';

const ROOT = join(import.meta.dirname, 'avro');

/** Every subject folder with its versions, oldest first. Throws where version numbers have a gap. */
export function loadSubjects(root: string = ROOT): { subject: string; versions: AvroSchema[] }[] {
  return readdirSync(root)
    .sort()
    .map((subject) => {
      const numbers = readdirSync(join(root, subject))
        .map((file) => Number(/^v(\d+)\.avsc$/.exec(file)?.[1] ?? Number.NaN))
        .sort((a, b) => a - b);
      numbers.forEach((n, i) => {
        if (n !== i + 1)
          throw new Error(
            `schemas/avro/${subject}: expected v${i + 1}.avsc; versions count from 1 without gaps`,
          );
      });
      const versions = numbers.map(
        (n) => JSON.parse(readFileSync(join(root, subject, `v${n}.avsc`), 'utf8')) as AvroSchema,
      );
      return { subject, versions };
    });
}

/** Every schema file, `subject/vN.avsc` → its text. */
export function readSchemaFiles(root: string = ROOT): Map<string, string> {
  return new Map(
    readdirSync(root)
      .sort()
      .flatMap((subject) =>
        readdirSync(join(root, subject)).map(
          (file) => [`${subject}/${file}`, readFileSync(join(root, subject, file), 'utf8')] as const,
        ),
      ),
  );
}
