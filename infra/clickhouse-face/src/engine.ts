import { createRequire } from 'node:module';
import { DataType, isNullPointer, load, open } from 'ffi-rs';
import { FaceError } from './errors.ts';

const LIBRARY = 'libchdb';

/**
 * Runs the ClickHouse engine of libchdb with command-line arguments, as `clickhouse local` would, on a thread of its own.
 * Resolves when its script has ended. One per process: the engine's globals allow no second.
 */
export async function runEngine(args: readonly string[]): Promise<void> {
  open({ library: LIBRARY, path: libraryPath() });
  const argv = ['clickhouse', ...args];
  const result = await load({
    library: LIBRARY,
    funcName: 'chdb_query_cmdline',
    retType: DataType.External,
    paramsType: [DataType.I32, DataType.StringArray],
    paramsValue: [argv.length, argv],
    runInNewThread: true,
  });
  const resultArguments = { library: LIBRARY, paramsType: [DataType.External], paramsValue: [result] };
  const error = load({ ...resultArguments, funcName: 'chdb_result_error', retType: DataType.External });
  if (isNullPointer(error)) return;
  const message = load({ ...resultArguments, funcName: 'chdb_result_error', retType: DataType.String });
  throw new FaceError('ENGINE_FAILED', message);
}

function libraryPath(): string {
  // CommonJS, and the part of chdb that only finds the library: loading its addon would bring a second engine.
  const { libchdbPath } = createRequire(import.meta.url)('chdb/libchdb') as typeof import('chdb/libchdb');
  return libchdbPath();
}
