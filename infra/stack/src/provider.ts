import type { StackEndpoints } from './endpoints.ts';
import type { PartName } from './parts.ts';
import type { OnProgress } from './progress.ts';
import type { Secrets } from './secrets.ts';
import type { ProviderName, StackSettings } from './settings.ts';
import type { ProcessStatus } from './supervisor/supervisor.ts';

export interface ProviderContext {
  readonly settings: StackSettings;
  readonly secrets: Secrets;
  readonly endpoints: StackEndpoints;
}

/** One way to have the parts; what stands above it is the same for all. */
export interface Provider {
  readonly name: ProviderName;
  /** Returns when all the named parts answer. */
  up(context: ProviderContext, parts: readonly PartName[], onProgress: OnProgress): Promise<void>;
  /** Stops what `up` started, and nothing else. */
  down(context: ProviderContext, onProgress: OnProgress): Promise<void>;
  /** Deletes what the parts have stored; only after `down`. */
  erase(context: ProviderContext): Promise<void>;
  /** One entry per part. */
  status(context: ProviderContext): Promise<ProcessStatus[]>;
}
