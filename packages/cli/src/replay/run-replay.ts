import type { ReplayParts, ReplayRecord, Warehouse } from '@fineprint/replay';
import {
  buildShadow,
  connectWarehouse,
  discardBackup,
  discardReplay,
  dropExpiredBackups,
  listReplays,
  promoteReplay,
  type ReplayableStage,
  readReplay,
  replayable,
} from '@fineprint/replay';
import type { Stack } from '@fineprint/stack';
import { connectRegistry } from '@fineprint/stream-runtime';
import type { NodeName, TopicName } from '@fineprint/topology';
import type { Client } from 'pg';
import type { ReplayOptions } from '../commands/replay.ts';
import { CliError } from '../errors.ts';
import { connectToKafka } from '../kafka-connection.ts';
import { openLocalStack, requirePart } from '../open-stack.ts';
import { printJson, printText } from '../output.ts';
import { serviceSpec, services } from '../services.ts';
import { withPostgres } from '../with-postgres.ts';
import { loaderControl } from './loader-control.ts';
import { renderList } from './render-list.ts';
import { renderReplay } from './render-replay.ts';
import { startReplayProgress } from './replay-progress.ts';

const HELP = 'See: replay --help';
const ACTIONS = ['shadow', 'promote', 'discard', 'discardBackup', 'list', 'show'] as const;

export async function runReplay(options: ReplayOptions): Promise<void> {
  const asked = ACTIONS.filter((action) => options[action] !== undefined);
  if (asked.length !== 1)
    throw new CliError(
      'USAGE',
      'Give exactly one of --shadow, --promote, --discard, --discard-backup, --list and --show.',
      HELP,
    );
  const request = options.shadow ? shadowRequest(options) : undefined;
  const stack = await openLocalStack();
  await requirePart(stack, 'postgres');
  if (options.list) return list(stack, options);
  if (options.show !== undefined) return print(await read(stack, options.show), options);
  await requirePart(stack, 'clickhouse');
  const { endpoints } = stack;
  const warehouse = connectWarehouse({
    url: endpoints.clickhouseUrl,
    username: endpoints.clickhouseUsername,
    password: endpoints.clickhousePassword,
  });
  try {
    const replay = await withPostgres(endpoints.databaseUrl, (postgres) =>
      act(stack, warehouse, postgres, options, request),
    );
    await print(replay, options);
  } finally {
    await warehouse.close();
  }
}

async function act(
  stack: Stack,
  warehouse: Warehouse,
  postgres: Client,
  options: ReplayOptions,
  request: ReturnType<typeof shadowRequest> | undefined,
): Promise<ReplayRecord> {
  if (options.discard !== undefined) return discardReplay({ postgres, warehouse }, options.discard);
  if (options.discardBackup !== undefined)
    return discardBackup({ postgres, warehouse }, options.discardBackup);
  await requirePart(stack, 'kafka');
  const parts: ReplayParts = {
    kafka: await connectToKafka(stack),
    registry: connectRegistry(stack.endpoints.schemaRegistryUrl),
    warehouse,
    postgres,
    env: stageEnv(stack, request?.stage.node),
  };
  const progress = startReplayProgress();
  try {
    if (options.promote !== undefined) {
      const loader = await loaderControl(stack);
      return await promoteReplay(
        parts,
        options.promote,
        loader,
        { waitMs: options.wait * 1_000 },
        progress.on,
      );
    }
    if (request === undefined) throw new Error('no action');
    await dropExpiredBackups({ postgres, warehouse }, Date.now());
    return await buildShadow(parts, request, progress.on);
  } finally {
    progress.stop();
  }
}

/** What the stage's service would be started with here. */
function stageEnv(stack: Stack, node: NodeName | undefined) {
  const service = services.find((s) => s.name === node);
  return { ...process.env, ...(service === undefined ? {} : serviceSpec(service, stack).env) };
}

function shadowRequest({ stage: name = '', since, until, topic }: ReplayOptions) {
  const stage: ReplayableStage | undefined = Object.hasOwn(replayable, name)
    ? replayable[name as NodeName]
    : undefined;
  const known = Object.keys(replayable).join(', ');
  if (stage === undefined)
    throw new CliError('USAGE', `--stage ${name} cannot be replayed.`, `Stages that can: ${known}.`);
  if (since === undefined) throw new CliError('USAGE', '--since is missing.', 'E.g.: --since 24h');
  const [sinceMs, untilMs] = [since.getTime(), until?.getTime() ?? Date.now()];
  if (sinceMs >= untilMs) throw new CliError('USAGE', '--since is not before --until.', 'Turn them round.');
  const raw = stage.topics.map((t) => t.raw);
  const unknown = topic?.find((t) => !raw.some((r) => r === t));
  if (unknown !== undefined)
    throw new CliError('TOPIC_UNKNOWN', `${name} does not read ${unknown}.`, `It reads: ${raw.join(', ')}.`);
  return { stage, sinceMs, untilMs, topics: (topic ?? raw) as readonly TopicName[] };
}

const read = (stack: Stack, id: string) =>
  withPostgres(stack.endpoints.databaseUrl, (db) => readReplay(db, id));

async function list(stack: Stack, options: ReplayOptions): Promise<void> {
  const replays = await withPostgres(stack.endpoints.databaseUrl, listReplays);
  if (options.json) return printJson(replays.map(({ diff: _diff, ...replay }) => replay));
  await printText(renderList(replays));
}

async function print(replay: ReplayRecord, options: ReplayOptions): Promise<void> {
  if (options.json) return printJson(replay);
  await printText(renderReplay(replay));
}
