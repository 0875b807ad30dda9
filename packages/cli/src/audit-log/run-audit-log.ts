import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import {
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
import { table } from '../table.ts';
import { withPostgres } from '../with-postgres.ts';
import { type Anchors, readAnchors } from './read-anchors.ts';

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

/** Exit code 1 where an entry is not as it was written, or is not there any more. */
export async function verify(options: AuditLogVerifyOptions): Promise<void> {
  const stack = await openWithPostgres();
  const anchors: Anchors = options.anchors
    ? await readAnchors(stack, options.until?.getTime() ?? Number.POSITIVE_INFINITY)
    : { kafka: [], clickhouse: [] };
  const all = [...anchors.kafka, ...anchors.clickhouse];
  const { file: files } = options;
  if (files === undefined) {
    const verdict = await withPostgres(stack.endpoints.databaseUrl, (client) =>
      verifyChain(readChain(client), all),
    );
    if (verdict.broken !== null) process.exitCode = 1;
    return options.json ? printJson(verdictJson(verdict, anchors)) : printText(verdictText(verdict, anchors));
  }
  const found: object[] = [];
  for (const file of files) {
    const verdict = await verifyChain(readCopy(userPath(file)), all);
    if (verdict.broken !== null) process.exitCode = 1;
    if (options.json) found.push({ file, ...verdictJson(verdict, anchors) });
    else await printText(`${path.basename(file)}: ${verdictText(verdict, anchors)}`);
  }
  if (options.json) await printJson(found);
}

const verdictJson = ({ entries, anchoredTo, broken }: Verdict, { kafka, clickhouse }: Anchors) => ({
  whole: broken === null,
  entries,
  anchors: { kafka: kafka.length, clickhouse: clickhouse.length },
  anchored_to: anchoredTo,
  broken: broken === null ? null : { ...broken, meaning: flawMeanings[broken.flaw] },
});

function verdictText({ entries, anchoredTo, broken }: Verdict, { kafka, clickhouse }: Anchors): string {
  if (broken !== null) {
    const at = broken.at === null ? '' : ` of ${broken.at}`;
    return `BROKEN: entry ${broken.seq}${at} ${flawMeanings[broken.flaw]} (${broken.flaw}). ${entries} entries before it are sound.`;
  }
  const vouched =
    anchoredTo === null
      ? 'none of them is anchored yet'
      : `anchors vouch for all up to ${anchoredTo} (${kafka.length} in Kafka, ${clickhouse.length} in ClickHouse)`;
  return `Whole: ${entries} entries; ${vouched}.`;
}
