import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import {
  type Anchor,
  createSubjectHash,
  type Entry,
  flawMeanings,
  readChain,
  readEntries,
  type Verdict,
  verifyChain,
} from '@fineprint/audit-log';
import type { Stack } from '@fineprint/stack';
import { z } from 'zod';
import type { AuditLogListOptions, AuditLogVerifyOptions } from '../commands/audit-log.ts';
import { CliError } from '../errors.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { userPath } from '../options.ts';
import { printJson, printText } from '../output.ts';
import { clickhouseAccount } from '../sql/account.ts';
import { table } from '../table.ts';
import { withPostgres } from '../with-postgres.ts';

async function openWithPostgres(): Promise<Stack> {
  const stack = await openLocalStack();
  await requirePart(stack, 'postgres');
  return stack;
}

/** The key that the query API hashes with, as the environment or the local stack has it. */
const hashKeyOf = (stack: Stack): string =>
  process.env['AUDIT_HASH_KEY'] ?? stack.secrets.get('auditHashKey');

export async function list(options: AuditLogListOptions): Promise<void> {
  const stack = await openWithPostgres();
  const { actor, action, object, outcome, user, since, until, limit } = options;
  await withPostgres(stack.endpoints.databaseUrl, async (client) => {
    if (options.all) {
      for await (const entry of readChain(client)) await printText(JSON.stringify(entryJson(entry)));
      return;
    }
    const subject = user === undefined ? undefined : createSubjectHash(hashKeyOf(stack))(user);
    const range = { fromMs: since?.getTime(), toMs: until?.getTime() };
    const entries = await readEntries(client, { actor, action, object, outcome, subject, ...range, limit });
    if (options.json) return printJson(entries.map(entryJson));
    await printText(
      table(
        ['', 'at', 'who', 'role', 'did', 'to', 'outcome'],
        entries.map((e) => [
          String(e.seq),
          e.at,
          e.actor,
          e.role,
          e.action,
          [e.object, e.subject === null ? null : `person ${e.subject.slice(0, 8)}…`]
            .filter(Boolean)
            .join(' '),
          e.code === null ? e.outcome : `${e.outcome}: ${e.code}`,
        ]),
      ),
    );
  });
}

const entryJson = (e: Entry) => ({
  seq: e.seq,
  at: e.at,
  actor: e.actor,
  role: e.role,
  action: e.action,
  object: e.object,
  subject: e.subject,
  outcome: e.outcome,
  code: e.code,
  request_id: e.requestId,
  prev_hash: e.prevHash,
  hash: e.hash,
});

const text = z.string().nullable();
/** A line as `list --all` writes it. What somebody changed in it must come through as it is. */
const lineSchema = z
  .object({
    seq: z.number(),
    at: z.string(),
    actor: z.string(),
    role: z.string(),
    action: z.string(),
    object: text,
    subject: text,
    outcome: z.string(),
    code: text,
    request_id: z.string(),
    prev_hash: z.string(),
    hash: z.string(),
  })
  .transform(
    ({ request_id: requestId, prev_hash: prevHash, ...e }) => ({ ...e, requestId, prevHash }) as Entry,
  );

async function* readCopy(file: string): AsyncGenerator<Entry> {
  const lines = createInterface({
    input: createReadStream(file, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let number = 0;
  for await (const line of lines) {
    number++;
    const parsed = lineSchema.safeParse(parseLine(line));
    if (!parsed.success)
      throw new CliError(
        'FILE_UNREADABLE',
        `Line ${number} is no entry.`,
        'Write it with: audit-log list --all',
      );
    yield parsed.data;
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // told with its line's number
  }
}

/** Exit code 1 where an entry is not as it was written. */
export async function verify(options: AuditLogVerifyOptions): Promise<void> {
  const stack = await openWithPostgres();
  const anchors = options.anchors ? await readAnchors(stack) : [];
  const verdict =
    options.file === undefined
      ? await withPostgres(stack.endpoints.databaseUrl, (client) => verifyChain(readChain(client), anchors))
      : await verifyChain(readCopy(userPath(options.file)), anchors);
  if (verdict.broken !== null) process.exitCode = 1;
  if (options.json) return printJson(verdictJson(verdict));
  await printText(verdictText(verdict));
}

const verdictJson = ({ entries, anchors, anchoredTo, broken }: Verdict) => ({
  whole: broken === null,
  entries,
  anchors,
  anchored_to: anchoredTo,
  broken: broken === null ? null : { ...broken, meaning: flawMeanings[broken.flaw] },
});

function verdictText({ entries, anchors, anchoredTo, broken }: Verdict): string {
  if (broken !== null) {
    const at = broken.at === null ? '' : ` of ${broken.at}`;
    return `BROKEN: entry ${broken.seq}${at} ${flawMeanings[broken.flaw]} (${broken.flaw}). ${entries} entries before it are sound.`;
  }
  const vouched =
    anchoredTo === null
      ? 'none of them is anchored yet'
      : `${anchors} anchors vouch for all up to ${anchoredTo}`;
  return `Whole: ${entries} entries; ${vouched}.`;
}

async function readAnchors(stack: Stack): Promise<Anchor[]> {
  await requirePart(stack, 'clickhouse');
  const account = clickhouseAccount(stack.endpoints, 'analyst');
  const client: ClickHouseClient = createClient({
    url: stack.endpoints.clickhouseUrl,
    ...account,
    log: { level: ClickHouseLogLevel.OFF },
  });
  try {
    const result = await client.query({
      query: `SELECT DISTINCT toFloat64(seq) AS seq, hash, toString(anchored_at) AS at FROM fineprint.audit_anchors ORDER BY seq`,
      format: 'JSONEachRow',
    });
    return await result.json<Anchor>();
  } finally {
    await client.close();
  }
}
