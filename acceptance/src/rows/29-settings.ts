import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkService } from '../mission/command-line.ts';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';

/** The product document's example, as it stands there. */
const DOCUMENT = `DATABASE_URL=postgresql://user:pass@localhost:5432/fineprintai
REDIS_URL=redis://localhost:6379
MIXPANEL_TOKEN=your_mixpanel_token
AMPLITUDE_API_KEY=your_amplitude_key
SEGMENT_WRITE_KEY=your_segment_key  # Optional
SNOWFLAKE_ACCOUNT=your_account
SNOWFLAKE_USERNAME=your_username
SNOWFLAKE_PASSWORD=your_password
CLICKHOUSE_HOST=localhost
CLICKHOUSE_USERNAME=default
CLICKHOUSE_PASSWORD=password
ENABLE_PII_DETECTION=true
ENABLE_DATA_ANONYMIZATION=true
DATA_RETENTION_DAYS=365
GDPR_COMPLIANT=true
CCPA_COMPLIANT=true
ENABLE_METRICS=true
METRICS_INTERVAL=60000
ENABLE_REALTIME_PROCESSING=true
BATCH_SIZE=1000
`;
/** What is ours beside it: where Kafka is, and two keys that nobody can guess. */
const OURS = `KAFKA_BROKERS=localhost:9092
SCHEMA_REGISTRY_URL=http://localhost:8081
PII_PSEUDONYM_KEY=0123456789abcdef0123456789abcdef
ALERTS_SIGNING_KEY=0123456789abcdef0123456789abcdef
`;
const WRONG = `BATCH_SIZE=0
METRICS_INTERVAL=often
KAFKA_BROKER=localhost:9092
NODE_ENV=production
ENABLE_PII_DETECTION=false
`;

interface Checked {
  readonly valid: boolean;
  readonly problems: readonly { variable: string; services: readonly string[] }[];
  readonly unknown: readonly { variable: string; nearest?: string }[];
  readonly services: readonly { service: string; settings: readonly { variable: string; value: string }[] }[];
}

async function check(context: MissionContext, file: string, content: string, code: number): Promise<Checked> {
  await writeFile(file, content);
  const ended = await context.command('config', 'check', '--env-file', file, '--json');
  same('exit code of config check', [ended.code, ended.err], [code, '']);
  return JSON.parse(ended.out) as Checked;
}

async function checkFiles(context: MissionContext, file: string): Promise<number> {
  const sound = await check(context, file, DOCUMENT + OURS, 0);
  same("the document's example", [sound.problems, sound.unknown], [[], []]);
  const secrets = sound.services.flatMap((s) => s.settings).filter((s) => s.variable.endsWith('PASSWORD'));
  same('passwords shown', secrets.filter((s) => !['', '[secret]'].includes(s.value)).length, 0);
  const wrong = await check(context, file, DOCUMENT + OURS.replace(/^KAFKA_BROKERS.*\n/, '') + WRONG, 2);
  same(
    'every problem at once',
    wrong.problems.map((p) => p.variable),
    ['BATCH_SIZE', 'ENABLE_PII_DETECTION', 'KAFKA_BROKERS', 'METRICS_INTERVAL'],
  );
  same(
    'the mistyped name',
    wrong.unknown.map((u) => [u.variable, u.nearest]),
    [['KAFKA_BROKER', 'KAFKA_BROKERS']],
  );
  return sound.services.length;
}

/** A service's own main, with its settings from a file, none of them an address where anything answers. */
async function checkMain(file: string): Promise<void> {
  const env = {
    KAFKA_BROKERS: '127.0.0.1:1',
    SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
    REDIS_URL_FILE: file,
    DATABASE_URL: 'postgresql://hidden:hidden@127.0.0.1:1/fineprintai',
  };
  await writeFile(file, 'redis://:hidden@127.0.0.1:1\n');
  const settings = { ...env, PII_PSEUDONYM_KEY: 'hidden-hidden-hidden', ENABLE_METRICS: '0' };
  const [sound, wrong] = await Promise.all([
    checkService('pii-scrubber', settings),
    checkService('pii-scrubber', { ...settings, NODE_ENV: 'production', ENABLE_PII_DETECTION: 'false' }),
  ]);
  same('--check-config', [sound.code, sound.out.includes('hidden')], [0, false]);
  for (const line of [
    `REDIS_URL=[secret]  (file ${file})`,
    'ENABLE_METRICS=false  (environment)',
    'PORT=3101  (default)',
  ])
    same(line, sound.out.includes(line), true);
  same(
    '--check-config without detection in production',
    [wrong.code, wrong.out.includes('PII_DETECTION_OFF_CONFIRMED=true')],
    [2, true],
  );
}

/** Real: a password from a file lets it in, and without metrics there are none. */
async function checkRunning(context: MissionContext, file: string): Promise<void> {
  await writeFile(file, `${context.serviceEnv['DATABASE_URL'] ?? ''}\n`);
  const service = await context.startService('drift-monitor', {
    DATABASE_URL: '',
    DATABASE_URL_FILE: file,
    ENABLE_METRICS: 'false',
  });
  const { status } = await fetch(`${service.url}/metrics`);
  await service.stop();
  same('/metrics with ENABLE_METRICS=false', status, 404);
}

export const settings: MissionRow = {
  row: 29,
  name: 'Settings',
  async check(context) {
    const folder = await mkdtemp(path.join(tmpdir(), 'fineprint-mission-'));
    const file = path.join(folder, 'settings');
    try {
      const services = await checkFiles(context, file);
      await checkMain(file);
      await checkRunning(context, file);
      return `the document's own example is valid for ${services} services; 4 mistakes in it are told at once, a mistyped name with the one that was meant; --check-config shows where each value came from and no secret; a password from a file lets a service in; ENABLE_METRICS=false takes /metrics away; detection cannot be switched off in production by one setting`;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
