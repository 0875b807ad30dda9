import { randomUUID } from 'node:crypto';
import os from 'node:os';
import { type Act, appendActs } from '@fineprint/audit-log';
import type { Command } from 'commander';
import { CliError } from '../errors.ts';
import { openLocalStack } from '../open-stack.ts';
import { reportedError } from '../report-error.ts';
import { withPostgres } from '../with-postgres.ts';
import { actOf, type CommandAct } from './audited-commands.ts';

/** The act of this process, once it is in the log. */
let begun: { readonly act: Act; readonly databaseUrl: string } | undefined;

/** Postgres' codes where the log's table or function is not there. */
const NOT_MIGRATED: readonly unknown[] = ['42P01', '42883', '3F000'];

/** Writes a command down before it does anything. Where Postgres does not run, the command will say so itself: it needs it too. */
export async function recordCommand(command: Command): Promise<void> {
  const given = actOf(command);
  if (given === null) return;
  const stack = await openLocalStack();
  const postgres = (await stack.status()).find(({ name }) => name === 'postgres');
  if (postgres !== undefined && postgres.state !== 'ready') return;
  const act = actByUs(given);
  const { databaseUrl } = stack.endpoints;
  await withPostgres(databaseUrl, (client) => appendActs(client, [act])).catch(refuse);
  begun = { act, databaseUrl };
}

/** An act of whoever runs this command. */
export const actByUs = ({ action, object }: CommandAct): Act => ({
  actor: `cli:${os.userInfo().username}@${os.hostname()}`,
  role: 'machine',
  action,
  object,
  subject: null,
  outcome: 'allowed',
  code: null,
  requestId: randomUUID(),
});

function refuse(error: unknown): never {
  const isOld = NOT_MIGRATED.includes((error as { code?: unknown }).code);
  throw new CliError(
    'NOT_READY',
    'This could not be written into the audit log, so it was not done.',
    isOld
      ? 'Bring the database up to date: npm run -s fineprint -- up'
      : 'Look at: npm run -s fineprint -- status',
    { cause: error },
  );
}

/** Adds that nothing came of it. */
export async function recordFailure(error: unknown): Promise<void> {
  if (begun === undefined) return;
  const { act, databaseUrl } = begun;
  const failed: Act = { ...act, outcome: 'failed', code: reportedError(error).code };
  await withPostgres(databaseUrl, (client) => appendActs(client, [failed])).catch((cause: Error) =>
    process.stderr.write(`That it failed is not in the audit log: ${cause.message}\n`),
  );
}
