import avro from 'avsc';
import type { AvroSchema } from './render.ts';

/**
 * Problems that keep `reader` from reading what `writer` wrote; empty when compatible.
 * BACKWARD_TRANSITIVE = every version reads all earlier ones.
 */
export function readProblems(reader: AvroSchema, writer: AvroSchema): string[] {
  const readerType = avro.Type.forSchema(reader as avro.Schema);
  const writerType = avro.Type.forSchema(writer as avro.Schema);
  try {
    readerType.createResolver(writerType);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** For a list of versions, oldest first: every pair (newer, older) that breaks BACKWARD_TRANSITIVE. */
export function transitiveProblems(versions: readonly AvroSchema[]): string[] {
  return versions.flatMap((reader, newer) =>
    versions
      .slice(0, newer)
      .flatMap((writer, older) =>
        readProblems(reader, writer).map((p) => `v${newer + 1} cannot read v${older + 1}: ${p}`),
      ),
  );
}
