import fs from 'node:fs';
import path from 'node:path';
import { availableFrom, lookForTools } from './available.ts';
import { endpointsEnv, externalEndpoints, localEndpoints, type StackEndpoints } from './endpoints.ts';
import { StackError } from './errors.ts';
import { withStackLock } from './lock.ts';
import { OPTIONAL_PART_NAMES, PART_NAMES, type PartName } from './parts.ts';
import type { OnProgress } from './progress.ts';
import type { Provider, ProviderContext } from './provider.ts';
import { chooseProvider } from './provider-choice.ts';
import { providers } from './providers.ts';
import { clearRunningProvider, readRunningProvider, writeRunningProvider } from './running-provider.ts';
import { Secrets } from './secrets.ts';
import { type ProviderName, resolveSettings, type StackSettings } from './settings.ts';
import { killMarked } from './supervisor/orphans.ts';
import type { ProcessSpec } from './supervisor/process-spec.ts';
import { type ProcessStatus, processStatuses, startAll, stopAll } from './supervisor/supervisor.ts';

export const REPO_DIR = path.resolve(import.meta.dirname, '..', '..', '..');

const LOCK_TIMEOUT_MS = 5 * 60_000;
const ignoreProgress: OnProgress = () => undefined;

/** The local stack of one data folder. */
export interface Stack {
  readonly settings: StackSettings;
  readonly provider: ProviderName;
  readonly secrets: Secrets;
  readonly endpoints: StackEndpoints;
  /** `endpoints` as the environment variables that services read, and what a developer's machine has as defaults. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts the parts that do not run yet; returns when all answer. */
  up(options?: { parts?: readonly PartName[]; onProgress?: OnProgress }): Promise<void>;
  /** Starts processes of ours beside the parts, all at once; returns when all are ready. */
  start(specs: readonly ProcessSpec[], onProgress?: OnProgress): Promise<void>;
  /** Stops some of those processes. */
  stop(names: readonly string[], onProgress?: OnProgress): Promise<void>;
  /** Stops exactly what `up` and `start` started, services first. Data stays. */
  down(onProgress?: OnProgress): Promise<void>;
  /** `down`, and deletes what the parts have stored. Passwords stay. */
  erase(onProgress?: OnProgress): Promise<void>;
  status(): Promise<ProcessStatus[]>;
}

/** Reads the settings, chooses the provider and opens (or makes) the data folder; starts nothing. */
export async function openStack(
  env: Readonly<Record<string, string | undefined>> = process.env,
  repoDir: string = REPO_DIR,
): Promise<Stack> {
  const settings = resolveSettings(env, repoDir);
  const providerName = await chooseProvider(settings, readRunningProvider(settings.dataDir), async () =>
    availableFrom(await lookForTools(env)),
  );
  const secrets = Secrets.open(settings.dataDir);
  const endpoints = endpointsOf(settings, providerName, secrets);
  const ours = providerName === 'external' ? {} : developersPrivacy(env);
  return stackOf({ settings, secrets, endpoints }, providers[providerName], ours);
}

/**
 * On a developer's machine nobody's people are asked, so no law's defaults hold unless one is named, and ids are what one looks
 * for. Elsewhere all three are on.
 */
const developersPrivacy = (env: Readonly<Record<string, string | undefined>>): Record<string, string> => ({
  GDPR_COMPLIANT: env['GDPR_COMPLIANT'] ?? 'false',
  CCPA_COMPLIANT: env['CCPA_COMPLIANT'] ?? 'false',
  ENABLE_DATA_ANONYMIZATION: env['ENABLE_DATA_ANONYMIZATION'] ?? 'false',
});

function stackOf(
  context: ProviderContext,
  provider: Provider,
  ours: Readonly<Record<string, string>>,
): Stack {
  const { settings, secrets, endpoints } = context;
  const { dataDir } = settings;
  const exclusively = <T>(onProgress: OnProgress, work: () => Promise<T>): Promise<T> => {
    const onWait = () =>
      onProgress({ name: 'lock', state: 'waiting', detail: 'another up or down is at work' });
    return withStackLock(dataDir, { timeoutMs: LOCK_TIMEOUT_MS, onWait }, work);
  };
  const down = async (onProgress: OnProgress) => {
    await stopAll(dataDir, onProgress, (record) => record.tier === 'service');
    await provider.down(context, onProgress);
    await stopAll(dataDir, onProgress, () => true); // optional parts: no provider's
    await killMarked(dataDir); // of an `up` that was killed before it could write a record
    clearRunningProvider(dataDir);
  };
  return {
    settings,
    provider: provider.name,
    secrets,
    endpoints,
    env: { ...ours, ...endpointsEnv(endpoints) },
    up: ({ parts = PART_NAMES, onProgress = ignoreProgress } = {}) =>
      exclusively(onProgress, async () => {
        writeRunningProvider(dataDir, provider.name);
        await provider.up(context, parts, onProgress);
      }),
    start: (specs, onProgress = ignoreProgress) =>
      exclusively(onProgress, () => startAll(dataDir, specs, onProgress)),
    stop: (names, onProgress = ignoreProgress) =>
      exclusively(onProgress, () => stopAll(dataDir, onProgress, (record) => names.includes(record.name))),
    down: (onProgress = ignoreProgress) => exclusively(onProgress, () => down(onProgress)),
    erase: (onProgress = ignoreProgress) =>
      exclusively(onProgress, async () => {
        await down(onProgress);
        await provider.erase(context);
        for (const name of OPTIONAL_PART_NAMES)
          fs.rmSync(path.join(dataDir, name), { recursive: true, force: true });
      }),
    status: async () => [
      ...(await provider.status(context)),
      ...(await processStatuses(dataDir, {})).filter(
        ({ tier, name }) => tier === 'service' || OPTIONAL_PART_NAMES.some((optional) => optional === name),
      ),
    ],
  };
}

function endpointsOf(settings: StackSettings, provider: ProviderName, secrets: Secrets): StackEndpoints {
  if (provider !== 'external') return localEndpoints(settings, secrets);
  if (settings.external === undefined) {
    throw new StackError(
      'SETTINGS_INVALID',
      'The running stack is the external one, but its addresses are not in the environment.',
      'Set KAFKA_BROKERS, SCHEMA_REGISTRY_URL, DATABASE_URL, REDIS_URL and CLICKHOUSE_HOST as for `up`.',
    );
  }
  return externalEndpoints(settings.external);
}
