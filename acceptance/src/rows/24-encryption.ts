import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type MissionContext, type MissionRow, same } from '../mission/row.ts';

const EVENTS = 40;
const SPOOLED = 5;
const WITHIN_MS = 60_000;
/** Nothing listens there: Kafka is away for whoever is told this address. */
const NO_KAFKA = '127.0.0.1:9';

interface Trial extends MissionContext {
  readonly dir: string;
  readonly keys: { readonly ENCRYPTION_KEYS: string };
}

async function fineprint<T>({ commandWith, keys }: Trial, ...args: string[]): Promise<T> {
  const { code, out, err } = await commandWith(keys, ...args, '--json');
  if (code !== 0) throw new Error(`fineprint ${args.join(' ')}: ${err}`);
  return JSON.parse(out) as T;
}

const filesIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile())
    .map((f) => path.join(f.parentPath, f.name));

/** That what was written stands in no file of a folder. */
function checkSealed(what: string, dir: string, text: string): number {
  const files = filesIn(dir);
  if (files.length === 0) throw new Error(`${what}: there is no file`);
  same(`${what} with ${text} in it`, files.filter((f) => readFileSync(f).includes(text)).length, 0);
  return files.length;
}

const events = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ event_name: name, user_id: `${name}-${i}` }));

async function stored({ eventually, sql }: Trial, name: string, count: number): Promise<void> {
  await eventually(WITHIN_MS, async () => {
    const [row] = await sql<{ n: number }>(
      'SELECT toInt32(count()) AS n FROM fineprint.product_events WHERE event_name = {name:String}',
      { name },
    );
    same(`stored of ${name}`, row?.n, count);
  });
}

async function checkExport(trial: Trial): Promise<void> {
  const name = `${trial.run}-export`;
  same('POST events', (await trial.post('/api/v1/product/events/batch', events(name, EVENTS))).status, 202);
  await stored(trial, name, EVENTS);
  const [sealed, plain] = [path.join(trial.dir, 'events.enc'), path.join(trial.dir, 'events.jsonl')];
  const manifest = await fineprint<{ rows: number; sha256: string }>(
    trial,
    ...['export', 'product_events', '--format', 'jsonl', '--name', name, '--encrypt', '--out', sealed],
  );
  same('rows exported', manifest.rows, EVENTS);
  same('an encrypted export with a name in it', (await readFile(sealed)).includes(name), false);
  await fineprint(trial, 'decrypt', sealed, '--out', plain);
  const sha256 = createHash('sha256')
    .update(await readFile(plain))
    .digest('hex');
  same('checksum of what was decrypted', sha256, manifest.sha256);
}

/** A gateway without Kafka keeps events on the disk; the next one, with Kafka, sends them. */
async function checkSpool(trial: Trial): Promise<void> {
  const name = `${trial.run}-spool`;
  const SPOOL_DIR = path.join(trial.dir, 'spool');
  const settings = { ...trial.keys, SPOOL_DIR };
  const lonely = await trial.startService('ingest-gateway', {
    ...settings,
    KAFKA_BROKERS: NO_KAFKA,
    SPOOL_AFTER_MS: '300',
  });
  const answer = await fetch(`${lonely.url}/api/v1/product/events/batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${trial.gateway.writeKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(events(name, SPOOLED)),
  });
  same('POST without Kafka', answer.status, 202);
  checkSealed('spool', SPOOL_DIR, name);
  await lonely.stop();
  const next = await trial.startService('ingest-gateway', settings);
  await stored(trial, name, SPOOLED);
  await next.stop();
}

/** What the stack has archived, as its own settings say. */
async function checkArchive(trial: Trial): Promise<number> {
  const { dir, parts } = JSON.parse((await trial.command('archive', 'list', '--json')).out) as {
    dir: string;
    parts: { file: string; encrypted_with: string | null; file_removed_at: string | null }[];
  };
  const sealed = parts.filter((p) => p.encrypted_with !== null && p.file_removed_at === null);
  for (const { file } of sealed)
    same(`${file} begins as Parquet`, readFileSync(path.join(dir, file)).includes('PAR1'), false);
  return sealed.length;
}

interface Backup {
  readonly tables: number;
  readonly rows: number;
  readonly encrypted_with: string;
}

/** A backup of the running stack, loaded beside it and compared; and refused when a byte of it is another one. */
async function drill(trial: Trial): Promise<Backup> {
  const folder = path.join(trial.dir, 'backup');
  const backup = await fineprint<Backup>(trial, 'backup', '--out', folder);
  checkSealed('backup', folder, `${trial.run}-export`);
  const tried = await fineprint<Backup & { verified: boolean }>(trial, 'restore', folder, '--verify');
  same('drill', [tried.verified, tried.tables, tried.rows], [true, backup.tables, backup.rows]);
  const damaged = filesIn(folder).find((f) => f.includes('product_events'));
  if (damaged === undefined) throw new Error('the backup lacks product_events');
  const file = await open(damaged, 'r+');
  await file.write('x', 100);
  await file.close();
  const refused = await trial.commandWith(trial.keys, 'restore', folder, '--verify', '--json');
  same('a damaged backup', [refused.code, /(encrypted_data|backup)_damaged/.test(refused.err)], [1, true]);
  const foreign = { ENCRYPTION_KEYS: newKey() };
  const locked = await trial.commandWith(foreign, 'restore', folder, '--verify', '--json');
  same('without the key', [locked.code, /encryption_key_(wrong|missing)/.test(locked.err)], [1, true]);
  return backup;
}

const newKey = () => `mission-row:${randomBytes(32).toString('base64')}`;

export const encryption: MissionRow = {
  row: 24,
  name: 'Encryption',
  async check(context) {
    const dir = await mkdtemp(path.join(tmpdir(), 'fineprint-mission-'));
    try {
      const trial: Trial = { ...context, dir, keys: { ENCRYPTION_KEYS: newKey() } };
      await checkExport(trial);
      await checkSpool(trial);
      const archived = await checkArchive(trial);
      const { tables, rows } = await drill(trial);
      const archives = archived === 0 ? 'no archive here has a key' : `${archived} archived files`;
      return `sealed on the disk: an export of ${EVENTS} events, decrypted to its checksum; ${SPOOLED} events spooled without Kafka, sent by the next gateway; ${archives}; a backup of ${rows} rows of ${tables} tables taken while all ran, loaded beside them and compared, refused with a changed byte or another key`;
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  },
};
