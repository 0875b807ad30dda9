import { createReadStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { decryptStream } from '@fineprint/at-rest';
import { requestRun } from '@fineprint/jobs';
import {
  createRequestHash,
  isSigned,
  knownPseudonyms,
  listRequests,
  openRequest,
  type PrivacyRequest,
  type Receipt,
  type RequestKind,
  type RequestState,
  readRequest,
  type SubjectId,
} from '@fineprint/privacy';
import type { Stack } from '@fineprint/stack';
import type { Client } from 'pg';
import { requireKeyring } from '../at-rest/keyring.ts';
import { writeWholeFile } from '../at-rest/write-file.ts';
import type { PrivacyListOptions, PrivacyRequestOptions } from '../commands/privacy.ts';
import { CliError, EXIT_FAILURE } from '../errors.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { userPath } from '../options.ts';
import { printJson, printText } from '../output.ts';
import { table } from '../table.ts';
import { withPostgres } from '../with-postgres.ts';

const POLL_MS = 300;
const WAIT_MS = 1_800_000;
const JOB = 'privacy-requests';
const STATES: readonly RequestState[] = ['open', 'following', 'done'];

const keyOf = (stack: Stack): string =>
  process.env['PII_PSEUDONYM_KEY'] ?? stack.secrets.get('piiPseudonymKey');

async function started(): Promise<Stack> {
  const stack = await openLocalStack();
  await requirePart(stack, 'postgres');
  return stack;
}

/** Makes a request, or finds the one that is open, and waits for its end. */
export async function request(kind: RequestKind, options: PrivacyRequestOptions): Promise<void> {
  const subject = { user_id: options.userId ?? null, anonymous_id: options.anonymousId ?? null };
  if (subject.user_id === null && subject.anonymous_id === null)
    throw new CliError('USAGE', 'Nobody is named.', 'Give --user-id, --anonymous-id, or both.');
  const stack = await started();
  await withPostgres(stack.endpoints.databaseUrl, async (client) => {
    await client.query('BEGIN');
    const { id, isNew } = await openRequest(client, {
      kind,
      subject,
      subjectHash: createRequestHash(keyOf(stack))(subject),
      regulation: options.ccpa ? 'ccpa' : 'gdpr',
      identityCheck: options.note,
      requestedBy: 'cli',
    });
    if (isNew) await requestRun(client, JOB, 'cli');
    await client.query('COMMIT');
    const ended = options.wait ? await waitFor(client, id) : await find(client, id);
    clearProgress();
    if (options.out !== undefined) await copyArchive(stack, ended, options.out);
    await show(ended, options);
  });
}

async function find(client: Client, id: string): Promise<PrivacyRequest> {
  const found = await readRequest(client, id);
  if (found !== null) return found;
  throw new CliError(
    'REQUEST_UNKNOWN',
    'There is no such request.',
    'See: npm run -s fineprint -- privacy requests',
  );
}

async function waitFor(client: Client, id: string): Promise<PrivacyRequest> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const found = await find(client, id);
    if (found.state !== 'open') return found;
    showProgress(found);
    if (waitedMs >= WAIT_MS)
      throw new CliError(
        'REQUEST_UNFINISHED',
        `The request is open after ${WAIT_MS / 60_000} minutes; it goes on by itself.`,
        'Look at: npm run -s fineprint -- privacy requests, and jobs history --job privacy-requests',
      );
    await sleep(POLL_MS);
  }
}

async function copyArchive(stack: Stack, { archive }: PrivacyRequest, out: string): Promise<void> {
  if (archive === null)
    throw new CliError('NO_ARCHIVE', 'The request has no archive yet.', 'Run it again, without --no-wait.');
  const stored = createReadStream(path.join(stack.settings.dataDir, 'exports', 'privacy', archive.file));
  if (!archive.file.endsWith('.enc')) return writeWholeFile(userPath(out), null, stored);
  const plain = decryptStream(await requireKeyring());
  pipeline(stored, plain, () => undefined); // a failure is the writer's: it destroys what is read
  await writeWholeFile(userPath(out), null, plain);
}

async function show(ended: PrivacyRequest, options: PrivacyRequestOptions): Promise<void> {
  if (options.json) return printJson(requestJson(ended));
  const { archive, receipt } = ended;
  await printText(`request ${ended.id}: ${ended.state}, due ${textOf(ended.dueAt)}`);
  if (archive !== null)
    await printText(
      `${archive.rows} rows in ${archive.file} (${archive.bytes} bytes, SHA-256 ${archive.sha256})`,
    );
  if (receipt !== null) await printReceipt(JSON.parse(receipt) as Receipt);
}

async function printReceipt({ removed, remains, destinations, verified }: Receipt): Promise<void> {
  await printText(
    table(
      ['removed from', 'table', 'rows'],
      removed.map((r) => [r.store, r.table, String(r.rows)]),
    ),
  );
  await printText(
    `searched again at ${verified.at}: ${verified.rows_found} rows in ${verified.tables} tables`,
  );
  if (destinations.length > 0)
    await printText(
      table(
        ['destination', 'deletion'],
        destinations.map((d) => [d.name, d.status]),
      ),
    );
  await printText(
    table(
      ['remains in', 'what', 'until'],
      remains.map((r) => [r.where, r.what, r.until]),
    ),
  );
}

export async function list(options: PrivacyListOptions): Promise<void> {
  const state = STATES.find((s) => s === options.state);
  if (options.state !== undefined && state === undefined)
    throw new CliError('USAGE', `${options.state} is no state.`, `One of: ${STATES.join(', ')}`);
  const stack = await started();
  const found = await withPostgres(stack.endpoints.databaseUrl, (client) =>
    listRequests(client, { state, limit: options.limit }),
  );
  if (options.json) return printJson(found.map(requestJson));
  await printText(
    table(
      ['request', 'kind', 'state', 'asked by', 'made', 'due', 'finished'],
      found.map((r) => [
        r.id,
        r.kind,
        r.state === 'open' && r.dueAt.getTime() < Date.now() ? 'open, OVERDUE' : r.state,
        r.requestedBy,
        textOf(r.createdAt),
        textOf(r.dueAt),
        textOf(r.finishedAt),
      ]),
    ),
  );
}

export async function showReceipt(id: string, options: { json?: true }): Promise<void> {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id))
    throw new CliError(
      'USAGE',
      'This is no id of a request.',
      'See: npm run -s fineprint -- privacy requests',
    );
  const stack = await started();
  const { receipt, signature } = await withPostgres(stack.endpoints.databaseUrl, (client) =>
    find(client, id),
  );
  if (receipt === null || signature === null)
    throw new CliError(
      'NO_RECEIPT',
      'The request has no receipt.',
      'Only erasures have one, once they are done.',
    );
  const valid = isSigned(keyOf(stack), receipt, signature);
  if (options.json) await printJson({ receipt: JSON.parse(receipt) as Receipt, signature, valid });
  else {
    await printReceipt(JSON.parse(receipt) as Receipt);
    await printText(valid ? `signed: ${signature}` : 'THE SIGNATURE DOES NOT HOLD');
  }
  if (!valid) process.exitCode = EXIT_FAILURE;
}

export async function resolve(options: {
  userId?: string;
  anonymousId?: string;
  json?: true;
}): Promise<void> {
  const subjects: SubjectId[] = [
    ...(options.userId === undefined ? [] : [{ kind: 'user', id: options.userId } as const]),
    ...(options.anonymousId === undefined ? [] : [{ kind: 'anonymous', id: options.anonymousId } as const]),
  ];
  if (subjects.length === 0)
    throw new CliError('USAGE', 'Nobody is named.', 'Give --user-id, --anonymous-id, or both.');
  const stack = await started();
  const found = await withPostgres(stack.endpoints.databaseUrl, (client) =>
    knownPseudonyms(client, subjects),
  );
  const pseudonyms = Object.fromEntries(found);
  if (options.json) await printJson(pseudonyms);
  else
    await printText(
      found.size === 0
        ? 'No pseudonym: the id was not seen since anonymization is on, or was erased.'
        : table(['id', 'pseudonym'], [...found]),
    );
}

const textOf = (at: Date | null): string => at?.toISOString().slice(0, 16).replace('T', ' ') ?? '';

const requestJson = ({
  steps,
  ...r
}: Omit<PrivacyRequest, 'steps'> & Partial<Pick<PrivacyRequest, 'steps'>>) => ({
  id: r.id,
  kind: r.kind,
  regulation: r.regulation,
  state: r.state,
  requested_by: r.requestedBy,
  created_at: r.createdAt.toISOString(),
  due_at: r.dueAt.toISOString(),
  cutoff_at: r.cutoffAt?.toISOString() ?? null,
  finished_at: r.finishedAt?.toISOString() ?? null,
  archive: r.archive,
  receipt: r.receipt === null ? null : (JSON.parse(r.receipt) as Receipt),
  signature: r.signature,
  ...(steps === undefined
    ? {}
    : {
        steps: steps.map(({ name, state, attempts, errorCode, result }) => ({
          name,
          state,
          attempts,
          error_code: errorCode,
          result,
        })),
      }),
});

/** Only where somebody looks: a pipe gets the result and nothing else. */
function showProgress({ steps }: PrivacyRequest): void {
  if (!process.stderr.isTTY) return;
  const done = steps.filter(({ state }) => state === 'done').length;
  const now = steps.find(({ state }) => state !== 'done');
  process.stderr.write(`\r\x1b[K${done} of ${steps.length} steps done, ${now?.name ?? ''} …`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}
