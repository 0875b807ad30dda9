import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Lab, LabContext } from '../lab.ts';

const TMPFS_MIB = 2;
const FULL_WITHIN_MS = 30_000;
const REFUSALS: readonly number[] = [503, 507];

export const spoolFull: Lab = {
  name: 'spool-full',
  title:
    'Kafka is frozen and the disk of the spool is full (a small tmpfs; where none may be mounted, SPOOL_MAX_BYTES)',
  kind: 'fault',
  passes: '503 with Retry-After, no crash, and all is whole when there is room again',
  takesMs: 75_000,
  async run(context) {
    const { fleet, target } = context;
    const gateway = fleet.one('ingest-gateway');
    const directory = path.join(target.stack.settings.dataDir, 'small-spool');
    fs.mkdirSync(directory, { recursive: true });
    const mounted = mount(directory);
    const settings = mounted ? {} : { SPOOL_MAX_BYTES: String(1 << 20) };
    const crashesBefore = gateway.crashes();
    try {
      await restart(context, { SPOOL_DIR: path.join(directory, 'spool'), ...settings });
      await fillUp(context, mounted);
      context.check('the gateway does not end for want of room', gateway.crashes() === crashesBefore);
      await drained(context);
    } finally {
      await restart(context, {});
      if (mounted) execFileSync('umount', [directory]);
    }
  },
};

function mount(directory: string): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${TMPFS_MIB}m`, 'tmpfs', directory], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false; // not permitted here: the gateway's own limit does it
  }
}

/** In order, so that the spool it leaves is empty. */
async function restart({ fleet }: LabContext, settings: Readonly<Record<string, string>>): Promise<void> {
  const gateway = fleet.one('ingest-gateway');
  await gateway.stop();
  gateway.start(settings);
  await gateway.ready();
}

async function fillUp(context: LabContext, mounted: boolean): Promise<void> {
  const { parts, fault, check, sleep } = context;
  let refused: Response | undefined;
  await fault(`freeze kafka until the spool's ${mounted ? 'disk' : 'limit'} is full`, async () => {
    await parts.freeze('kafka');
    try {
      const deadlineMs = performance.now() + FULL_WITHIN_MS;
      while (refused === undefined && performance.now() < deadlineMs) refused = await postBulk(context);
      await sleep(3_000);
    } finally {
      await parts.thaw('kafka');
    }
  });
  const retryAfter = refused?.headers.get('retry-after') ?? null;
  check('a full spool is answered with 503 and Retry-After', refused !== undefined && retryAfter !== null);
}

const BULK_EVENTS = 50;
const BULK_CHARS = 4_000;

/** Large events beside the load, so that it is full soon at any rate. The answer where it is a refusal. */
async function postBulk({ fleet, target, book, random }: LabContext): Promise<Response | undefined> {
  const ids = Array.from({ length: BULK_EVENTS }, () => random.uuid());
  const name = 'chaos_bulk';
  for (const id of ids) book.sent({ id, kind: 'product', order: null, timeMs: Date.now(), name });
  const properties = { filling: 'x'.repeat(BULK_CHARS) };
  const answer = await fetch(`${fleet.one('ingest-gateway').url}/api/v1/product/events/batch`, {
    method: 'POST',
    headers: { authorization: `Bearer ${target.writeKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(
      ids.map((event_id) => ({ event_id, event_name: name, user_id: 'user-bulk', properties })),
    ),
    signal: AbortSignal.timeout(20_000),
  }).catch(() => undefined);
  await answer?.body?.cancel();
  if (answer?.status === 202) for (const id of ids) book.acknowledged(id);
  return answer !== undefined && REFUSALS.includes(answer.status) ? answer : undefined;
}

async function drained({ fleet, check, sleep }: LabContext): Promise<void> {
  const { url } = fleet.one('ingest-gateway');
  for (let waitedMs = 0; waitedMs < FULL_WITHIN_MS; waitedMs += 500) {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    if (/^fineprint_gateway_spool_bytes(?:\{[^}]*\})? 0$/m.test(metrics)) return;
    await sleep(500);
  }
  check('the spool is drained once Kafka is back', false, `not within ${FULL_WITHIN_MS / 1_000} s`);
}
