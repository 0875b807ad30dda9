import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createMissionContext, type RowResult, renderMission, rows, runMission } from '@fineprint/acceptance';
import { LOOPBACK, logFileOf, REPO_DIR, type Stack } from '@fineprint/stack';
import pc from '../colors.ts';
import { CliError } from '../errors.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { printJson } from '../output.ts';
import { services } from '../services.ts';
import { runsSnowflake, snowflakeOf } from '../snowflake-of.ts';
import { readLocalKey } from '../up/local-key.ts';

export interface MissionOptions {
  /** Row numbers; all of them if left out. */
  readonly rows?: readonly number[];
  readonly json?: true;
  readonly write?: true;
}

/** `fineprint mission`: every row, against the stack that runs here. */
export async function runMissionCommand(options: MissionOptions): Promise<void> {
  const selected = chosenRows(options);
  const stack = await openLocalStack();
  await requirePart(stack, 'clickhouse');
  const context = createMissionContext(await targetOf(stack));
  try {
    const results = await runMission(
      context,
      (result) => options.json || process.stdout.write(renderRow(result)),
      selected,
    );
    if (options.json) await printJson({ rows: results });
    if (options.write) writeFileSync(path.join(REPO_DIR, 'docs', 'mission.md'), renderMission(results));
    if (results.some((r) => r.status === 'fails')) process.exitCode = 1;
  } finally {
    await context.close();
  }
}

function chosenRows({ rows: numbers, write }: MissionOptions) {
  if (numbers === undefined) return rows;
  if (write) throw new CliError('USAGE', '--write is for all rows.', 'Leave --rows or --write out.');
  const unknown = numbers.find((n) => !rows.some(({ row }) => row === n));
  if (unknown !== undefined) {
    const known = rows.map(({ row }) => row).join(', ');
    throw new CliError('USAGE', `There is no row ${unknown}.`, `Rows are ${known}.`);
  }
  return rows.filter(({ row }) => numbers.includes(row));
}

/** Those that `up` has started. */
async function servicesOf(stack: Stack) {
  const { dataDir, ports } = stack.settings;
  const running = new Set(
    (await stack.status()).flatMap(({ name, state }) => (state === 'stopped' ? [] : [name])),
  );
  return services
    .filter(({ name }) => running.has(name))
    .map(({ name, port }) => ({
      name,
      url: `http://${LOOPBACK}:${ports[port]}`,
      log: () => readFileSync(logFileOf(dataDir, name), 'utf8'),
    }));
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
    services: await servicesOf(stack),
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
