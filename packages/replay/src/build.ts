import { randomBytes } from 'node:crypto';
import type { TopicAdmin } from '@fineprint/stream-runtime';
import type { TopicName } from '@fineprint/topology';
import { insertReplay, lockReplay, type ReplayRecord, readReplay, updateReplay } from './bookkeeping.ts';
import { createDecisions } from './decisions.ts';
import { computeDiff } from './diff.ts';
import { loaderLag } from './loader-position.ts';
import type { OnProgress, ReplayParts } from './parts.ts';
import { endsOf, rangesOf, type TimeSpan } from './ranges.ts';
import { readDecisions } from './read-decisions.ts';
import { runShadow } from './shadow-run.ts';
import type { ReplayableStage } from './stages.ts';
import { createShadowTables, dropTables } from './tables.ts';

export interface ShadowRequest extends TimeSpan {
  readonly stage: ReplayableStage;
  /** Only these raw topics. */
  readonly topics: readonly TopicName[];
}

/** How long rows may take to be stored before they are reported as not stored. */
const LOADER_WAIT_MS = 60_000;

/** Runs the current code over history, beside the live tables, and says what would change. */
export async function buildShadow(
  parts: ReplayParts,
  request: ShadowRequest,
  onProgress: OnProgress,
): Promise<ReplayRecord> {
  const admin = await parts.kafka.admin();
  try {
    return await build(parts, admin, request, onProgress);
  } finally {
    await admin.close();
  }
}

async function build(
  parts: ReplayParts,
  admin: TopicAdmin,
  request: ShadowRequest,
  onProgress: OnProgress,
): Promise<ReplayRecord> {
  const { stage, sinceMs, untilMs } = request;
  const topics = stage.topics.filter((t) => request.topics.includes(t.raw));
  const ranges = await rangesOf(admin, stage.node, topics, request);
  const cleanEnds = await endsOf(
    admin,
    topics.map((t) => t.clean),
  );
  const noteEnds = await endsOf(admin, ['pipeline.notes']);
  const decisions = createDecisions(ranges);
  const core = stage.open(parts.env, decisions, parts.postgres);
  const id = randomBytes(4).toString('hex');
  await lockReplay(parts.postgres, id);
  await insertReplay(parts.postgres, {
    id,
    stage: stage.node,
    topics: topics.map((t) => t.raw),
    since: new Date(sinceMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    ranges,
    cleanEnds,
    codeFingerprint: core.codeFingerprint,
    settingsFingerprint: core.settingsFingerprint,
  });
  try {
    await createShadowTables(parts.warehouse, id, topics);
    await readDecisions(decisions, stage.node, topics, sinceMs, { ...parts, admin }, onProgress);
    const startedMs = Date.now();
    const records = await runShadow(parts, { id, stage, core, decisions, ranges }, onProgress);
    const seconds = (Date.now() - startedMs) / 1_000;
    await loaderLag(admin, [...cleanEnds, ...noteEnds], LOADER_WAIT_MS, onProgress);
    const run = { records, seconds, per_second: Math.round(records / Math.max(seconds, 0.001)) };
    const input = { id, stage, topics, ranges, found: core.findings, run };
    const diff = await computeDiff(parts.warehouse, input, onProgress);
    await updateReplay(parts.postgres, id, { state: 'ready', diff });
  } catch (error) {
    await giveUp(parts, id, error);
    throw error;
  }
  return readReplay(parts.postgres, id);
}

/** Leaves no table behind. Where even that fails, `--discard` does it later. */
async function giveUp(parts: ReplayParts, id: string, error: unknown): Promise<void> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected';
  await dropTables(parts.warehouse, id).catch(() => undefined);
  await updateReplay(parts.postgres, id, { state: 'failed', error: code }).catch(() => undefined);
}
