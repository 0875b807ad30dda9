import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createMissionContext, type RowResult, renderMission, runMission } from '@fineprint/acceptance';
import { LOOPBACK, REPO_DIR, type Stack } from '@fineprint/stack';
import pc from '../colors.ts';
import { CliError } from '../errors.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { printJson } from '../output.ts';
import { runsSnowflake, snowflakeOf } from '../snowflake-of.ts';
import { readLocalKey } from '../up/local-key.ts';

/** `fineprint mission`: every row, against the stack that runs here. */
export async function runMissionCommand(options: { json?: true; write?: true }): Promise<void> {
  const stack = await openLocalStack();
  await requirePart(stack, 'clickhouse');
  const context = createMissionContext(await targetOf(stack));
  try {
    const results = await runMission(
      context,
      (result) => options.json || process.stdout.write(renderRow(result)),
    );
    if (options.json) await printJson({ rows: results });
    if (options.write) writeFileSync(path.join(REPO_DIR, 'docs', 'mission.md'), renderMission(results));
    if (results.some((r) => r.status === 'fails')) process.exitCode = 1;
  } finally {
    await context.close();
  }
}

async function targetOf(stack: Stack) {
  const { settings, endpoints } = stack;
  const write = readLocalKey(settings.dataDir, 'write');
  const api = readLocalKey(settings.dataDir, 'api');
  const { clickhouseReader: reader } = endpoints;
  if (write === undefined || api === undefined)
    throw new CliError(
      'STACK_NOT_RUNNING',
      'There are no local keys yet.',
      'Start the stack with: npm start',
    );
  return {
    gatewayUrl: `http://${LOOPBACK}:${settings.ports.gateway}`,
    queryUrl: `http://${LOOPBACK}:${settings.ports.queryApi}`,
    writeKey: write.writeKey,
    apiKey: api.apiKey,
    databaseUrl: endpoints.databaseUrl,
    snowflake: (await runsSnowflake(stack)) ? await snowflakeOf(stack) : undefined,
    serviceEnv: stack.env,
    smtpPort: settings.ports.smtp,
    commandEnv: {},
    clickhouse: {
      url: endpoints.clickhouseUrl,
      username: reader?.username ?? endpoints.clickhouseUsername,
      password: reader?.password ?? endpoints.clickhousePassword,
    },
  };
}

function renderRow({ row, name, status, evidence }: RowResult): string {
  const mark = { works: pc.green('works'), fails: pc.red('fails'), skipped: pc.dim('skipped') }[status];
  return `${String(row).padStart(2)}  ${name.padEnd(16)} ${mark}  ${evidence}\n`;
}
