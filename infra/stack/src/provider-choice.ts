import { StackError } from './errors.ts';
import type { ProviderName, StackSettings } from './settings.ts';

export interface Available {
  readonly docker: boolean;
  readonly native: boolean;
}

export const HOW_TO_GET_A_PROVIDER = [
  'Install one of the two:',
  '  Docker engine with compose   Debian: apt-get install docker.io docker-compose-v2 · macOS: Docker Desktop, or brew install colima docker docker-compose',
  '  Java 17 or newer and Maven   Debian: apt-get install default-jre-headless maven · macOS: brew install openjdk@21 maven',
  'or set KAFKA_BROKERS, SCHEMA_REGISTRY_URL, DATABASE_URL, REDIS_URL and CLICKHOUSE_HOST to servers of your own.',
].join('\n');

/**
 * What was asked for; else the running stack's own; else servers named in the environment; else Docker; else this machine's
 * processes. Pure: what is there is looked up by the caller, and only where the answer depends on it.
 */
export async function chooseProvider(
  settings: Pick<StackSettings, 'provider' | 'external'>,
  running: ProviderName | undefined,
  available: () => Promise<Available>,
): Promise<ProviderName> {
  const asked = settings.provider;
  if (asked !== 'auto') {
    if (running !== undefined && running !== asked) {
      throw new StackError(
        'PROVIDER_UNAVAILABLE',
        `The stack in this data folder was started by the ${running} provider, not ${asked}.`,
        `Stop it first with FINEPRINT_PROVIDER=${running}, or use another FINEPRINT_DATA_DIR.`,
      );
    }
    if (running === undefined && asked !== 'external') await assertAvailable(asked, available);
    return asked;
  }
  if (running !== undefined) return running;
  if (settings.external !== undefined) return 'external';
  const { docker, native } = await available();
  if (docker) return 'docker';
  if (native) return 'native';
  throw new StackError(
    'PROVIDER_UNAVAILABLE',
    'There is neither a Docker engine that answers nor Java ≥ 17 with Maven, so Kafka and the other parts cannot be started.',
    HOW_TO_GET_A_PROVIDER,
  );
}

async function assertAvailable(
  asked: 'docker' | 'native',
  available: () => Promise<Available>,
): Promise<void> {
  if ((await available())[asked]) return;
  const missing =
    asked === 'docker' ? 'no Docker engine with compose answers' : 'Java ≥ 17 with Maven is not there';
  throw new StackError(
    'PROVIDER_UNAVAILABLE',
    `FINEPRINT_PROVIDER=${asked}, but ${missing}.`,
    HOW_TO_GET_A_PROVIDER,
  );
}
