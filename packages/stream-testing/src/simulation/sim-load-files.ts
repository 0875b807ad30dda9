import {
  type FileRange,
  type LoadFile,
  stageFolderOf,
  stagePathOf,
} from '@fineprint/snowflake-loader/load-file';
import { hashText } from './random.ts';

/** A loader's files, in its memory: they end with it. */
export function createLoadFiles() {
  const files = new Map<string, readonly string[]>();
  let made = 0;
  return {
    linesOf: ({ localPath }: LoadFile): readonly string[] => files.get(localPath) ?? [],
    writeFile(range: FileRange, given: Iterable<string>): Promise<LoadFile> {
      const lines = [...given];
      const digest = lines.reduce(hashText, 0).toString(16).padStart(12, '0');
      const localPath = `file ${made++}`;
      files.set(localPath, lines);
      return Promise.resolve({
        stagePath: stagePathOf(range, digest),
        stageFolder: stageFolderOf(range.topic, range.partition),
        localPath,
        remove: () => Promise.resolve(void files.delete(localPath)),
      });
    },
  };
}
