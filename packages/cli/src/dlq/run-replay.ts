import { randomUUID } from 'node:crypto';
import os from 'node:os';
import { createInterface } from 'node:readline/promises';
import { createRecordDecoder } from '@fineprint/stream-runtime';
import type { ReplayOptions } from '../commands/dlq.ts';
import { CliError } from '../errors.ts';
import { count } from '../format.ts';
import { requirePart } from '../open-stack.ts';
import { printJson, printText } from '../output.ts';
import { withPostgres } from '../with-postgres.ts';
import { toCases } from './cases.ts';
import { createReplayTally, executeReplay, type ReplayTally } from './execute-replay.ts';
import type { LetterFilter } from './filter.ts';
import { gatewayLinks } from './gateway-way.ts';
import { startReplayProgress } from './progress.ts';
import { readLetters } from './read-letters.ts';
import { caseJson, countCases, renderCounts } from './render-letters.ts';
import { beginReplay, type Database, endReplay, lockReplays, readMarks } from './replay-log.ts';
import { planReplay, type ReplayPlan } from './replay-plan.ts';
import { openWays, type ReplayWays } from './replay-ways.ts';
import { type DlqSession, filterOf, openDlq } from './session.ts';
import { REFUSAL_HELP, type RefusalReason } from './ways.ts';

/** `dlq replay`: gives matching letters back to the stages that refused them. */
export async function replayLetters(options: ReplayOptions): Promise<void> {
  const filter: LetterFilter = { ...filterOf(options), id: options.id };
  const session = await openDlq(filter);
  await requirePart(session.stack, 'postgres');
  await withPostgres(session.stack.endpoints.databaseUrl, async (database) => {
    if (options.dryRun !== true && !(await lockReplays(database)))
      throw new CliError(
        'REPLAY_RUNNING',
        'Another replay of dead letters is running.',
        'Wait until it has ended and run this again: what it has replayed is not sent twice.',
      );
    const ways = await openWays({
      kafka: session.kafka,
      registry: session.registry,
      redisUrl: session.stack.endpoints.redisUrl,
      database,
      url: options.url,
      writeKey: options.writeKey,
    });
    try {
      await replay({ session, database, ways, filter, options });
    } finally {
      await ways.close();
    }
  });
}

interface ReplayRun {
  readonly session: DlqSession;
  readonly database: Database;
  readonly ways: ReplayWays;
  readonly filter: LetterFilter;
  readonly options: ReplayOptions;
}

async function replay(run: ReplayRun): Promise<void> {
  const { session, database, ways, filter, options } = run;
  const letters = await readLetters(session.kafka, session.registry, session.read);
  const marks = await readMarks(
    database,
    letters.map((l) => l.id),
  );
  const plan = planReplay(toCases(letters, marks, gatewayLinks(letters)), filter, ways.of, options.limit);
  if (options.dryRun) return showPlan(plan, options.json === true);
  if (plan.send.length > 0 && !options.yes) await confirm(plan);
  const replayId = randomUUID();
  const tally = createReplayTally(plan);
  if (plan.send.length > 0) await send(run, plan, replayId, tally);
  await report(replayId, tally, options.json === true);
}

async function send(run: ReplayRun, plan: ReplayPlan, replayId: string, tally: ReplayTally): Promise<void> {
  const { session, database, ways, filter, options } = run;
  const operator = options.operator ?? `${os.userInfo().username}@${os.hostname()}`;
  await beginReplay(database, { id: replayId, operator, filter, selected: plan.send.length });
  const progress = startReplayProgress(plan.send.length, () => tally.replayed);
  try {
    const decoder = createRecordDecoder(session.registry, Date.now);
    await executeReplay({ session, decoder, database, replayId, plan, wayOf: ways.of, tally });
  } finally {
    progress.stop();
  }
  await endReplay(database, replayId, tally);
  // One line for whoever collects logs; the same stands in Postgres.
  const { replayed, already, refused } = tally;
  const line = { time: new Date().toISOString(), msg: 'dead letters replayed', replay_id: replayId };
  process.stderr.write(
    `${JSON.stringify({ ...line, operator, filter, replayed, already_replayed: already, refused })}\n`,
  );
}

async function showPlan(plan: ReplayPlan, asJson: boolean): Promise<void> {
  if (asJson) {
    return printJson({
      dry_run: true,
      would_replay: plan.send.map(caseJson),
      already_replayed: plan.already,
      refused: plan.refused.map((r) => ({ ...caseJson(r.case), reason: r.reason })),
    });
  }
  await printText(renderCounts(countCases(plan.send)));
  await printText(
    `${count(plan.send.length)} would be replayed; ${count(plan.already)} were already; ${count(plan.refused.length)} cannot be.`,
  );
  for (const reason of new Set(plan.refused.map((r) => r.reason)))
    process.stderr.write(`${reason}: ${REFUSAL_HELP[reason]}\n`);
}

async function confirm(plan: ReplayPlan): Promise<void> {
  process.stderr.write(renderCounts(countCases(plan.send)));
  if (!process.stdin.isTTY)
    throw new CliError('USAGE', `${count(plan.send.length)} dead letters would be replayed.`, 'Add --yes.');
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`Replay ${count(plan.send.length)} dead letters? [y/N] `);
  prompt.close();
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new CliError('USAGE', 'Nothing was replayed.', 'Answer y, or add --yes.');
}

async function report(replayId: string, tally: ReplayTally, asJson: boolean): Promise<void> {
  const { replayed, already, refused, refusedLetters } = tally;
  const total = Object.values(refused).reduce((sum, n) => sum + n, 0);
  if (asJson) {
    await printJson({
      replay_id: replayId,
      replayed,
      already_replayed: already,
      refused: total,
      refused_by_reason: refused,
      refused_letters: refusedLetters,
    });
  } else {
    await printText(
      `${count(replayed)} replayed, ${count(already)} already replayed, ${count(total)} refused.`,
    );
    for (const [reason, n] of Object.entries(refused))
      await printText(`  ${count(n)} ${reason}: ${REFUSAL_HELP[reason as RefusalReason]}`);
    if (replayed > 0) await printText('Whether a stage refuses one again: npm run -s fineprint -- dlq list');
  }
  if (total > 0) process.exitCode = 1;
}
