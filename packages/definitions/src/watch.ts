import type { ActiveDefinition, DefinitionKind } from './definition.ts';

export interface WatchOptions<K extends DefinitionKind> {
  readonly load: () => Promise<readonly ActiveDefinition<K>[]>;
  readonly refreshMs: number;
  readonly onError: (error: unknown) => void;
}

/** The definitions in force, held in memory and read again every `refreshMs`. */
export interface DefinitionWatch<K extends DefinitionKind> {
  /** What was read last; null until the first reading. The same array until something changes. */
  current(): readonly ActiveDefinition<K>[] | null;
  /** Reads now; rejects where the store is away. */
  refresh(): Promise<void>;
  close(): void;
}

const identity = (all: readonly ActiveDefinition[]) =>
  JSON.stringify(all.map(({ kind, name, version }) => [kind, name, version]));

export function watchDefinitions<K extends DefinitionKind>(options: WatchOptions<K>): DefinitionWatch<K> {
  let current: readonly ActiveDefinition<K>[] | null = null;
  let loading: Promise<void> | null = null;
  const refresh = (): Promise<void> => {
    loading ??= options
      .load()
      .then((loaded) => {
        // The same array while nothing changed, so that a reader sees a change by comparing references.
        if (current === null || identity(current) !== identity(loaded)) current = loaded;
      })
      .finally(() => {
        loading = null;
      });
    return loading;
  };
  const refreshQuietly = () => void refresh().catch(options.onError);
  const timer = setInterval(refreshQuietly, options.refreshMs);
  timer.unref();
  refreshQuietly();
  return { current: () => current, refresh, close: () => clearInterval(timer) };
}
