import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { readProcesses } from '../fleet/process-tree.ts';
import type { Lab, LabContext } from '../lab.ts';
import { newEvent, post } from './input/send.ts';

const MIB = 1_048_576;
/** More would take memory that the product needs. */
const MAX_DISK_MIB = 512;
const ROOM_MIB = 48;
/** What is left for the load to fill. */
const LEFT_BYTES = MIB;
const FULL_WITHIN_MS = 45_000;
const DRAINED_WITHIN_MS = 60_000;
const POLL_MS = 500;
/** Kafka is stopped and started three times here; whoever loses its group for good ends, and is started again. */
const MAX_ENDS = 3;

export const kafkaDiskFull: Lab = {
  name: 'kafka-disk-full',
  title:
    "the disk of Kafka's log is full (a small tmpfs under it; left out where none may be mounted), then there is room again",
  kind: 'fault',
  passes:
    'what is answered with 202 meanwhile is on the gateway’s disk; no crash loop; all is whole with room again',
  takesMs: 240_000,
  weight: 0,
  async run(context) {
    const log = path.join(context.target.stack.settings.dataDir, 'kafka', 'log');
    const aside = `${log}-aside`;
    const why = reasonNotTo(log);
    if (why !== null) {
      context.check('left out', true, why);
      context.figure('left_out', 1);
      return;
    }
    const before = context.fleet.crashes();
    await moveTo(context, () => {
      fs.renameSync(log, aside);
      mountCopy(aside, log);
    });
    try {
      await fill(context, path.join(log, 'filler'));
    } finally {
      await moveTo(context, () => {
        const whole = `${log}-whole`;
        execFileSync('cp', ['-a', log, whole]);
        execFileSync('umount', [log]);
        fs.rmSync(log, { recursive: true });
        fs.renameSync(whole, log);
        fs.rmSync(aside, { recursive: true, force: true });
      });
    }
    const ended = Object.entries(context.fleet.crashes()).map(
      ([name, n]) => [name, n - (before[name] ?? 0)] as const,
    );
    const looping = ended.filter(([, n]) => n > MAX_ENDS);
    context.check('no service is in a crash loop', looping.length === 0, looping.join('; '));
  },
};

const sizeMib = (directory: string) =>
  Number(execFileSync('du', ['-sm', directory], { encoding: 'utf8' }).split('\t')[0]);

function reasonNotTo(log: string): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'a disk can be mounted by root on Linux only';
  if (!fs.existsSync(log)) return 'Kafka is no process of this machine';
  return sizeMib(log) + ROOM_MIB > MAX_DISK_MIB ? `Kafka holds ${sizeMib(log)} MiB already` : null;
}

function mountCopy(from: string, to: string): void {
  fs.mkdirSync(to);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib(from) + ROOM_MIB}m`, 'tmpfs', to]);
  execFileSync('cp', ['-a', `${from}/.`, to]);
}

/** With Kafka stopped, whether or not it was running. */
async function moveTo({ parts }: LabContext, work: () => void): Promise<void> {
  const pid = (await parts.pids()).get('kafka');
  const isThere = pid !== undefined && (await readProcesses()).some((p) => p.pid === pid);
  if (isThere) await parts.terminate('kafka');
  work();
  await parts.start('kafka');
}

async function fill(context: LabContext, filler: string): Promise<void> {
  const { fault, check, figure, sleep, parts, fleet } = context;
  const { url } = fleet.one('ingest-gateway');
  await until(context, DRAINED_WITHIN_MS, async () => (await gauge(url, 'fineprint_gateway_spooling')) === 0);
  await sleep(5_000);
  await fault("fill the disk of Kafka's log", async () => {
    const { bavail, bsize } = fs.statfsSync(path.dirname(filler));
    fs.writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - LEFT_BYTES)));
    const spooled = await until(
      context,
      FULL_WITHIN_MS,
      async () => (await gauge(url, 'fineprint_gateway_spooling')) === 1,
    );
    check('Kafka takes nothing more, and the gateway spools', spooled);
    const answer = await post(context, { body: JSON.stringify([newEvent(context)]) });
    check('events are still taken', answer.status === 202, `${answer.status} ${answer.code}`);
    figure('spooled_bytes', await gauge(url, 'fineprint_gateway_spool_bytes'));
    fs.rmSync(filler);
  });
  // A broker whose only disk failed ends by itself, or has to be ended.
  await moveTo(context, () => undefined);
  await parts.pids();
  const drained = await until(
    context,
    DRAINED_WITHIN_MS,
    async () => (await gauge(url, 'fineprint_gateway_spool_bytes')) === 0,
  );
  check('with room again the spool is drained', drained);
}

async function until(
  { sleep }: LabContext,
  withinMs: number,
  holds: () => Promise<boolean>,
): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += POLL_MS) {
    if (await holds()) return true;
    await sleep(POLL_MS);
  }
  return false;
}

async function gauge(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
}
