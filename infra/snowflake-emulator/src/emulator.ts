import fs from 'node:fs';
import path from 'node:path';
import type { SnowflakeSettings } from '@fineprint/snowflake';
import { LOOPBACK, type OnProgress, type ProcessSpec, type Stack } from '@fineprint/stack';
import { installPython } from '@fineprint/stack/python';

const PROGRAM = path.join(import.meta.dirname, '..', 'emulator.py');
const REQUIREMENTS = path.join(import.meta.dirname, '..', 'requirements.txt');
const USERNAME = 'fineprint';

type EmulatedStack = Pick<Stack, 'settings' | 'secrets' | 'start'>;

/** What services read to find the emulator. */
export function emulatorEnv({ settings, secrets }: EmulatedStack): Record<string, string> {
  return {
    SNOWFLAKE_ACCOUNT: 'emulator',
    SNOWFLAKE_USERNAME: USERNAME,
    SNOWFLAKE_PASSWORD: secrets.get('snowflakePassword'),
    SNOWFLAKE_ACCESS_URL: `http://${LOOPBACK}:${settings.ports.snowflake}`,
  };
}

export function emulatorSettings(stack: EmulatedStack): SnowflakeSettings {
  const env = emulatorEnv(stack);
  return {
    account: 'emulator',
    username: USERNAME,
    login: { password: env['SNOWFLAKE_PASSWORD'] ?? '' },
    database: 'FINEPRINT',
    schema: 'ANALYTICS',
    warehouse: undefined,
    role: undefined,
    accessUrl: env['SNOWFLAKE_ACCESS_URL'],
  };
}

/** Brings the emulator and starts it beside the parts; one that runs already is kept. */
export async function startEmulator(stack: EmulatedStack, onProgress: OnProgress): Promise<void> {
  const python = await installPython(
    {
      name: 'snowflake',
      what: 'Snowflake emulator',
      requirements: REQUIREMENTS,
      partsDir: stack.settings.partsDir,
    },
    onProgress,
  );
  await stack.start([emulatorSpec(stack, python)], onProgress);
}

function emulatorSpec({ settings, secrets }: EmulatedStack, python: string): ProcessSpec {
  const home = path.join(settings.dataDir, 'snowflake');
  const url = `http://${LOOPBACK}:${settings.ports.snowflake}`;
  return {
    name: 'snowflake',
    tier: 'part',
    command: python,
    args: [PROGRAM],
    env: {
      SNOWFLAKE_EMULATOR_PORT: String(settings.ports.snowflake),
      SNOWFLAKE_EMULATOR_DATA_DIR: home,
      SNOWFLAKE_EMULATOR_USERNAME: USERNAME,
      SNOWFLAKE_EMULATOR_PASSWORD: secrets.get('snowflakePassword'),
    },
    cwd: settings.repoDir,
    ports: [settings.ports.snowflake],
    url,
    ready: { kind: 'http', url: `${url}/ready` },
    prepare: async () => {
      fs.mkdirSync(home, { recursive: true, mode: 0o700 });
    },
  };
}
