import { type AuditResult, AuditTooLarge, auditStack } from '@fineprint/reconciler';
import { nodes } from '@fineprint/topology';
import type { AuditCommandOptions } from '../commands/audit.ts';
import { CliError, EXIT_FAILURE } from '../errors.ts';
import { connectToKafka } from '../kafka-connection.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { printJson, printText } from '../output.ts';
import { runsSnowflake, snowflakeOf } from '../snowflake-of.ts';
import { renderAudit } from './render-audit.ts';

/** How long what is in flight may take to arrive. */
const SETTLE_MS = 10_000;

/** `fineprint audit`. Exit code 1 when the books do not balance. */
export async function auditCommand(options: AuditCommandOptions): Promise<void> {
  if (options.stage !== undefined && !Object.keys(nodes).includes(options.stage))
    throw new CliError(
      'USAGE',
      `There is no stage ${options.stage}.`,
      `Stages: ${Object.keys(nodes).join(', ')}.`,
    );
  const stack = await openLocalStack();
  for (const part of ['clickhouse', 'kafka', 'postgres'] as const) await requirePart(stack, part);
  const { endpoints } = stack;
  const kafka = await connectToKafka(stack);
  const snowflake = (await runsSnowflake(stack)) ? await snowflakeOf(stack) : undefined;
  try {
    const result = await auditStack(
      kafka,
      { ...endpoints, snowflake },
      {
        sinceMs: options.since,
        untilMs: options.until?.getTime() ?? null,
        settleMs: SETTLE_MS,
        onProgress: showProgress,
      },
    );
    clearProgress();
    await show(result, options);
    if (!result.isBalanced) process.exitCode = EXIT_FAILURE;
  } catch (error) {
    if (!(error instanceof AuditTooLarge)) throw error;
    throw new CliError('USAGE', `${error.message}.`, 'Give a shorter time: --since 1h.', { cause: error });
  }
}

async function show(result: AuditResult, options: AuditCommandOptions): Promise<void> {
  if (!options.json) return printText(renderAudit(result, options.stage));
  const isShown = ({ stage }: { stage: string }) => options.stage === undefined || stage === options.stage;
  await printJson({
    balanced: result.isBalanced,
    settled: result.isSettled,
    since: new Date(options.since).toISOString(),
    until: options.until?.toISOString() ?? null,
    entries: result.entries,
    took_ms: result.tookMs,
    stages: result.totals.filter(isShown),
    findings: result.findings.filter(isShown),
  });
}

/** Only where somebody looks: a pipe gets the result and nothing else. */
function showProgress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what} …`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
}
